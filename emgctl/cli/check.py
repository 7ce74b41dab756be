"""``emgctl check``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import input_option, profile_option
from emgctl.cli.stating_options import stating_options

if TYPE_CHECKING:
    from emgctl.mapping.action import ActionOptions
    from emgctl.profile.load import Profile
    from emgctl.runtime.pipeline import Pipeline


@click.command()
@profile_option
@input_option
@stating_options
def check(profile_path: Path, input_override: str | None) -> None:
    """Check everything about a profile that can be known without opening a device.

    That is: every key, the plugins and their options, the model file and its hash, the gestures, buttons and axes of
    the mapping and, where the input is a recording, whether its signal fits the model.

    \b
    Example:
      emgctl check --profile alice.yaml
    """
    from emgctl.profile.load import is_combination, load_profile
    from emgctl.registry import Registry
    from emgctl.runtime.build import build

    if input_override is None and is_combination(profile_path):
        from emgctl.profile.combination import load_combination
        from emgctl.runtime.several import build_several

        combination = load_combination(profile_path, Registry())
        several = build_several(combination)
        found = {name: _checked(several.profiles[name], one) for name, one in several.pipelines.items()}
        click.echo(f"{profile_path}: OK")
        for name, lines in found.items():
            click.echo(f"input {name}: {several.profiles[name].path.name}")
            _print(lines)
        _print(f"output   {name}: shared" for name, _ in combination.outputs)
        return
    profile = load_profile(profile_path, Registry(), input_override)
    lines = _checked(profile, build(profile))
    click.echo(f"{profile_path}: OK")
    _print([*lines, *(f"output   {name}" for name, _ in profile.outputs)])


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"  {line}")


def _checked(profile: Profile, pipeline: Pipeline) -> list[str]:
    """A line for each part of a profile of one input; warnings are printed.

    Raises:
        EmgctlError: the input is a recording that can't be read or does not fit.
    """
    from emgctl.errors import quoted
    from emgctl.mapping import ALWAYS
    from emgctl.profile.validate import mapping_warnings
    from emgctl.registry.admission import signal_flaws
    from emgctl.registry.fence import called, failed
    from emgctl.runtime.signal_match import check_motion, check_signal

    spec = pipeline.spec
    rate_hz = spec.signal.rate_hz
    delivered = "not opened"
    if not profile.input.live:
        try:
            with profile.places.naming_files("input"):
                signal = called(profile.input, "open()", profile.input.open, math.inf)  # a recording may be large
        finally:
            called(profile.input, "close()", profile.input.close)
        if found := list(signal_flaws(signal)):
            raise failed(profile.input, f"open() returned what can't be used: {'; '.join(found)}")
        check_signal(signal, spec, profile.decoder)
        if profile.motion is None:
            check_motion(signal, pipeline.engine.uses_motion)
        delivered = str(signal)
    for line in mapping_warnings(profile, spec):
        click.echo(f"emgctl: warning: {line}", err=True)
    labels = [quoted(label) for label in spec.labels]
    lines = [
        f"input    {profile.input.kind}: {delivered}",
        *([] if profile.motion is None else [f"motion   {profile.motion.kind}: not opened"]),
        f"decoder  {profile.decoder.kind}: {', '.join(labels) or f'{len(spec.joints)} joints'}; "
        f"window {1000 * spec.length / rate_hz:g} ms, a decision every {1000 * spec.hop / rate_hz:g} ms",
    ]
    for label in (*spec.labels, ALWAYS):
        actions = profile.mapping.get(label, [])
        if actions or label != ALWAYS:
            lines.append(f"mapping  {quoted(label)}: {_described(actions) or 'nothing'}")
    for name, layer in profile.layers.items():
        for label, actions in layer.mapping.items():
            lines.append(f"layer    {quoted(name)}: {quoted(label)}: {_described(actions) or 'nothing'}")
    if profile.wake is not None:
        lines.append(f"wake     {quoted(profile.wake.gesture)}, awake for {profile.wake.for_s:g} s after each gesture")
    return lines


def _described(actions: Sequence[ActionOptions]) -> str:
    """The actions in words: only what the profile sets, not the defaults."""
    from emgctl.errors import quoted

    return "; ".join(quoted(_words(action.model_dump(exclude_unset=True))) for action in actions)


def _words(given: dict[str, Any]) -> str:
    shown = {key: ", ".join(value) if key == "button" else value for key, value in given.items() if key != "do"}
    return " ".join([given["do"], *(f"{key} {value}" for key, value in shown.items())])
