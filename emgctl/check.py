"""What can be known about a profile once its model is loaded, before any device is opened."""

from __future__ import annotations

from collections.abc import Iterator

from emgctl.errors import EmgctlError, did_you_mean
from emgctl.mapping.conflicts import placed, problems
from emgctl.plugin import WindowSpec
from emgctl.profile import Profile


def mapping_problems(profile: Profile, spec: WindowSpec) -> Iterator[str]:
    """A line for each thing in the mapping or the safety section that can't work with this model and these outputs."""
    if profile.safety.wait_for_rest and not spec.rest:
        yield profile.places.problem(
            ("safety", "wait_for_rest"),
            "the model has no label for rest, so nothing would ever move; name one with 'decoder.rest', set "
            "'decoder.postprocessing.rest_below_intensity', or switch this off if you accept movement at the start",
        )
    for name, layer in profile.layers.items():
        if layer.select:
            try:
                profile.decoder.select(layer.select)
                profile.decoder.select(())
            except EmgctlError as error:
                yield profile.places.problem(("layers", name, "select"), str(error))
    labels = {*spec.labels, spec.rest} - {""}
    shortest_s = max(spec.hop / spec.signal.rate_hz, spec.min_dwell_s)
    for place, text in problems(profile.mapping, profile.layers, labels, shortest_s):
        yield profile.places.problem(place, text)
    yield from _unknown_controls(profile)


def _unknown_controls(profile: Profile) -> Iterator[str]:
    fixed = [output.controls for _, output in profile.outputs if output.controls is not None]
    if not fixed:
        return
    buttons = {name for controls in fixed for name in controls.buttons}
    axes = {name for controls in fixed for name in controls.axes}
    for place, _, action in placed(profile.mapping, profile.layers):
        for key, known, named in (("button", buttons, action.buttons()), ("axis", axes, action.axes())):
            for keys, name in named:
                if name not in known:
                    text = f"no output has the {key} '{name}'{did_you_mean(name, known)}"
                    yield profile.places.problem((*place, *keys), text)
    for name in profile.axes:
        if name not in axes:
            yield profile.places.problem(("axes", name), f"no output has the axis '{name}'{did_you_mean(name, axes)}")
