"""What ``train`` takes beside recordings: a trainer of emgctl's own, and the plan."""

from dataclasses import fields
from typing import Any

from emgctl.api.experiments import make_trainer
from emgctl.trainer import Trainer
from emgctl.training.data.splits import Split, parse_split
from emgctl.training.plan import Plan


def planned(decoder="classifier", *, split="blocked", pretrained=None, **more) -> tuple[Trainer[Any], Plan]:
    """The trainer of a decoder, configured, and the plan; each gets what is its own."""
    own = {one.name for one in fields(Plan)}
    plan = {name: value for name, value in more.items() if name in own}
    trainer = make_trainer(decoder, {name: value for name, value in more.items() if name not in own})
    if pretrained is not None:
        made: Any = type(trainer)  # emgctl's own trainers can start from a model
        trainer = made(trainer.config, pretrained)
    return trainer, Plan(split if isinstance(split, Split) else parse_split(split), **plan)
