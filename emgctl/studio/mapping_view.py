"""The mapping of a profile as a page shows it: what gestures do, what they could do, and what can't work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from emgctl.calibration.calibrated_profile import MUSCLES
from emgctl.errors import EmgctlError, ProfileError
from emgctl.mapping import ALWAYS
from emgctl.mapping.conflicts import iter_actions, mappings
from emgctl.plugin import MakesGrips, Output, WindowSpec
from emgctl.profile.load import Profile, load_profile
from emgctl.profile.validate import opened, placed_problems, placed_warnings
from emgctl.registry import Registry
from emgctl.studio.mapping_choices import choices
from emgctl.support.yaml_file import parse_yaml
from emgctl.types import Signal

_ASSUMED_HZ = 20.0  # decisions a second, where a model is not there
SECTIONS = ("mapping", "layers", "axes")


def view(path: Path, text: str, registry: Registry) -> dict[str, Any]:
    """The mapping in a profile's text, with what it can use.

    Raises:
        ProfileError: the profile can't be read.
    """
    profile = load_profile(path, registry, text=text)
    content = parse_yaml(path, text)[1]
    spec, unchecked = _spec(profile)
    return {
        **{name: content.get(name) or {} for name in SECTIONS},
        "user": profile.user,
        "gestures": [one for one in spec.labels if one != spec.rest],
        "rest": spec.rest,
        "both": str(content["decoder"].get("both", "")) if profile.decoder.kind == MUSCLES else "",
        "unchecked": unchecked,
        "outputs": [
            _output(name, output, section)
            for (name, output), section in zip(profile.outputs, content["outputs"], strict=True)
        ],
        "choices": choices(),
        "findings": _findings(profile, spec, unchecked),
    }


def findings(path: Path, text: str, registry: Registry) -> list[dict[str, Any]]:
    """What can't work in a profile's text ("problem") or may not be meant ("warning"), as ``emgctl check`` finds it."""
    try:
        profile = load_profile(path, registry, text=text)
    except ProfileError as error:
        return [_finding((), one.removeprefix(f"{path}:"), "problem") for one in error.problems]
    return _findings(profile, *_spec(profile))


def _spec(profile: Profile) -> tuple[WindowSpec, str]:
    """What the model decides; where it can't be loaded, what the profile names, and why."""
    try:
        return opened(profile.decoder), ""
    except EmgctlError as error:
        signal = Signal(1, _ASSUMED_HZ, "uV")
        return WindowSpec(signal, 1, 1, tuple(_named(profile)), "rest"), str(error).replace(
            f"{profile.path.parent}/", ""
        )


def _findings(profile: Profile, spec: WindowSpec, unchecked: str) -> list[dict[str, Any]]:
    problems, warnings = placed_problems(profile, spec), placed_warnings(profile, spec)
    found = [
        *(_finding(place, text, "problem") for place, text in problems),
        *(_finding(place, text, "warning") for place, text in warnings),
    ]
    return [one for one in found if not unchecked or one["place"][-1:] != ["select"]]  # only a model knows these


def _finding(place: Iterable[str | int], text: str, kind: str) -> dict[str, Any]:
    return {"place": list(place), "text": text, "kind": kind}


def _output(name: str, output: Output, section: Mapping[str, Any]) -> dict[str, Any]:
    controls = output.controls
    grips = output.grips if isinstance(output, MakesGrips) else {}
    made = section.get("control", {}).get("grips", {}) if grips else {}
    return {
        "name": name,
        "kind": output.kind,
        "controls": controls and {one: sorted(getattr(controls, one)) for one in ("buttons", "axes", "one_sided")},
        "grips": grips,
        "gesture_grips": made,
    }


def _named(profile: Profile) -> list[str]:
    """The gestures that a profile names, where the model is not there."""
    actions = [action for _, _, action in iter_actions(profile.mapping, profile.layers)]
    names = [label for _, _, one in mappings(profile.mapping, profile.layers) for label in one]
    every = [*names, *(action.after for action in actions if action.after)]
    return [one for one in dict.fromkeys(every) if one != ALWAYS]
