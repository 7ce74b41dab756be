"""What can be known about a profile once its model is loaded, before any device is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emgctl.errors import did_you_mean
from emgctl.plugin import Controls, WindowSpec
from emgctl.profile import Profile


def mapping_problems(profile: Profile, spec: WindowSpec) -> Iterator[str]:
    """A line for each thing in the mapping or the safety section that can't work with this model and these outputs."""
    if profile.safety.wait_for_rest and not spec.rest:
        yield profile.places.problem(
            ("safety", "wait_for_rest"),
            "the model has no label for rest, so nothing would ever move; name one with 'decoder.rest', set "
            "'decoder.postprocessing.rest_below_intensity', or switch this off if you accept movement at the start",
        )
    labels = {*spec.labels, spec.rest} - {""}
    for label in profile.mapping:
        if label not in labels:
            yield profile.places.problem(("mapping", label), f"is no gesture of the model{did_you_mean(label, labels)}")
    yield from _unknown_controls(profile)


def _unknown_controls(profile: Profile) -> Iterator[str]:
    fixed = [output.controls for _, output in profile.outputs if output.controls is not None]
    if not fixed:
        return
    for label, actions in profile.mapping.items():
        for number, action in enumerate(actions):
            for key, known in _KNOWN.items():
                name, names = getattr(action, key, None), {word for one in fixed for word in known(one)}
                if name is not None and name not in names:
                    place = ("mapping", label, number, key)
                    yield profile.places.problem(place, f"no output has the {key} '{name}'{did_you_mean(name, names)}")


_KNOWN: dict[str, Callable[[Controls], frozenset[str]]] = {
    "button": lambda controls: controls.buttons,
    "axis": lambda controls: controls.axes,
}
