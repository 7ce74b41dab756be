"""Checks a hand's options against a decoder: gestures and joints that it does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emgctl.errors import did_you_mean
from emgctl.plugin import WindowSpec
from emgctl_hand.line import controls_in
from emgctl_hand.options import HandOptions

Key = tuple[str | int, ...]


def problems(options: HandOptions, spec: WindowSpec) -> Iterator[tuple[Key, str]]:
    """Yield each problem as option key and text. A decoder that does not declare its predictions is not checked."""
    if spec.labels:
        yield from _unknown("gesture", _gestures(options), spec.labels)
    elif spec.joints:
        for key, gesture in _gestures(options):
            yield key, f"the decoder predicts poses and has no gesture '{gesture}'"
    if spec.joints:
        yield from _unknown("joint", _joints(options), spec.joints)
    elif spec.labels:
        for key, joint in _joints(options):
            yield key, f"the decoder predicts gestures and has no joint '{joint}'"


def _unknown(what: str, used: Iterable[tuple[Key, str]], known: tuple[str, ...]) -> Iterator[tuple[Key, str]]:
    for key, name in used:
        if name not in known:
            yield key, f"the decoder has no {what} '{name}'{did_you_mean(name, known)}"


def _gestures(options: HandOptions) -> Iterator[tuple[Key, str]]:
    control = options.control
    for gesture in control.grips:
        yield ("control", "grips", gesture), gesture
    for key in ("next_grip_gesture", "lock_gesture", "unlock_gesture"):
        if (gesture := getattr(control, key)) is not None:
            yield ("control", key), gesture
    for gesture in options.lines:
        yield ("lines", gesture), gesture


def _joints(options: HandOptions) -> Iterator[tuple[Key, str]]:
    for drive, joint in options.control.joints.items():
        yield ("control", "joints", drive, "joint"), joint.joint
    templates = {("line",): options.line, ("safe_line",): options.safe_line}
    for key, template in [*templates.items(), *((("lines", name), line) for name, line in options.lines.items())]:
        for name in controls_in(template or "", "joint"):
            yield key, name
