"""What can be known about a profile once its model is loaded, before any device is opened."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

from emgctl.errors import EmgctlError, did_you_mean, quoted
from emgctl.mapping.conflicts import Problem, iter_actions, problems, wake_problems
from emgctl.mapping.gaps import gaps
from emgctl.mapping.ranges import BOTH_WAYS, Range, dead_axes
from emgctl.plugin import Controls, Decoder, Output, WindowSpec, select_classes
from emgctl.profile.load import Profile
from emgctl.registry.admission import spec_flaws
from emgctl.registry.fence import called, failed


def opened(decoder: Decoder) -> WindowSpec:
    """What the decoder wants, once it has loaded its model.

    Raises:
        PluginError: the decoder's own code fails, or what it wants makes no sense.
        EmgctlError: as the decoder raises it, for example ModelError.
    """
    spec = called(decoder, "open()", decoder.open, math.inf)
    if found := list(spec_flaws(spec)):
        raise failed(decoder, f"open() returned what can't be used: {'; '.join(found)}")
    return spec


def mapping_problems(profile: Profile, spec: WindowSpec) -> Iterator[str]:
    """A line for each thing in the mapping or the safety section that can't work with this model and these outputs."""
    return (profile.places.problem(place, text) for place, text in placed_problems(profile, spec))


def placed_problems(profile: Profile, spec: WindowSpec) -> Iterator[Problem]:
    """Each of these problems as the keys that lead there, and a text."""
    yield from _rest_problems(profile, spec)
    yield from _selection_problems(profile)
    yield from placed_problems_but_selections(profile, spec)


def _rest_problems(profile: Profile, spec: WindowSpec) -> Iterator[Problem]:
    if profile.safety.wait_for_rest and not spec.rest:
        yield (
            ("safety", "wait_for_rest"),
            "the model has no label for rest, so nothing would ever move; name one with 'decoder.rest', set "
            "'decoder.postprocessing.rest_below_intensity', or switch this off if you accept movement at the start",
        )


def _selection_problems(profile: Profile) -> Iterator[Problem]:
    for name, layer in profile.layers.items():
        if layer.select:
            try:
                for names in (layer.select, ()):
                    called(profile.decoder, "select()", partial(select_classes, profile.decoder, names))
            except EmgctlError as error:
                yield ("layers", name, "select"), str(error)


def placed_problems_but_selections(profile: Profile, spec: WindowSpec) -> Iterator[Problem]:
    """Those that can be found without the decoder itself, only with what it wants."""
    labels = {*spec.labels, spec.rest} - {""}
    shortest_s = max(_hop_s(spec), spec.min_dwell_s)
    yield from problems(profile.mapping, profile.layers, labels, shortest_s)
    if profile.wake is not None:
        yield from wake_problems(profile.wake, labels, spec.rest, shortest_s)
    yield from _controls_problems(profile)
    for number, (_, output) in enumerate(profile.outputs):
        for keys, text in _output_problems(output, spec):
            yield ("outputs", number, *keys), text


def mapping_warnings(profile: Profile, spec: WindowSpec) -> Iterator[str]:
    """A line for each thing in the mapping that works, but may not be what was meant."""
    return (profile.places.problem(place, text) for place, text in placed_warnings(profile, spec))


def placed_warnings(profile: Profile, spec: WindowSpec) -> Iterator[Problem]:
    """Each of these warnings as the keys that lead there, and a text."""
    return gaps(profile.mapping, profile.layers, _hop_s(spec))


def _hop_s(spec: WindowSpec) -> float:
    return spec.hop / spec.signal.rate_hz


def _controls_problems(profile: Profile) -> Iterator[Problem]:
    fixed = [output.controls for _, output in profile.outputs if output.controls is not None]
    buttons, ranges = {name for controls in fixed for name in controls.buttons}, _ranges(fixed)
    if fixed:
        alike = {name: here for controls in fixed for name, here in controls.alike.items()}
        yield from _unknown(profile, buttons, set(ranges), alike)
    yield from dead_axes(profile.mapping, profile.layers, profile.axes, ranges)


def _unknown(profile: Profile, buttons: set[str], axes: set[str], alike: Mapping[str, str]) -> Iterator[Problem]:
    def sentence(key: str, name: str, known: set[str]) -> str:
        here = alike.get(name, name)
        if here in known:
            nearest = f"; did you mean '{here}'?"
        elif here in axes:
            nearest = f"; '{here}' is an axis: {{do: axis, axis: {here}, value: 1}}"
        elif here in buttons:
            nearest = f"; '{here}' is a button: {{do: hold, button: {here}}}"
        else:
            nearest = did_you_mean(name, known)
        return f"no output has the {key} '{quoted(name)}'{nearest}"

    for place, _, action in iter_actions(profile.mapping, profile.layers):
        for key, known, named in (("button", buttons, action.buttons()), ("axis", axes, action.axes())):
            for keys, name in named:
                if name not in known:
                    yield (*place, *keys), sentence(key, name, known)
    for name in profile.axes:
        if name not in axes:
            yield ("axes", name), sentence("axis", name, axes)


def _ranges(fixed: list[Controls]) -> dict[str, Range]:
    """The axes of outputs with fixed controls, each with the values that at least one makes something of."""
    ranges: dict[str, Range] = {}
    for controls in fixed:
        for name in controls.axes:
            if name not in controls.one_sided:
                ranges[name] = BOTH_WAYS
            else:
                ranges.setdefault(name, (0.0, 1.0))
    return ranges


def _output_problems(output: Output, spec: WindowSpec) -> Iterator[Problem]:
    """What an output itself finds; where it fails at that, the failure is the problem."""
    try:
        found = called(output, "problems()", lambda: list(output.problems(spec)))
        for one in found:
            match one:
                case (tuple(keys), str(text)) if all(isinstance(key, str | int) for key in keys):
                    yield keys, text
                case _:
                    raise failed(output, f"problems() gave {type(one).__name__}, not (keys, text)")
    except EmgctlError as error:
        yield (), str(error)
