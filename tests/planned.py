"""What ``train`` takes beside recordings: a trainer of emgctl's own, and the plan."""

from dataclasses import fields

from emgctl.api.experiments import make_trainer
from emgctl.training.data.splits import Split, parse_split
from emgctl.training.plan import Plan


def planned(decoder="classifier", *, split="blocked", pretrained=None, **more):
    """The trainer of a decoder, configured, and the plan; each gets what is its own."""
    own = {one.name for one in fields(Plan)}
    plan = {name: value for name, value in more.items() if name in own}
    trainer = make_trainer(decoder, {name: value for name, value in more.items() if name not in own})
    if pretrained is not None:
        trainer = type(trainer)(trainer.config, pretrained)
    return trainer, Plan(split if isinstance(split, Split) else parse_split(split), **plan)
