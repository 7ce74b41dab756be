"""``emgctl osc``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import profile_option

if TYPE_CHECKING:
    from emgctl.plugin import Output
    from emgctl.profile import Profile


@click.group()
def osc() -> None:
    """Try out OSC without an armband.

    \b
    Example:
      emgctl osc test --profile alice.yaml
    """


@osc.command("test")
@profile_option
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(0.01, 10),
    default=0.5,
    show_default=True,
    help="Seconds between gestures.",
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often all gestures are sent.")
def test(profile_path: Path, every_s: float, rounds: int) -> None:
    """Send what the profile's OSC outputs would send, once for each gesture, and print it.

    The model and the mapping are the profile's; no device is opened, and what is sent goes to the profile's receivers.

    \b
    Example:
      emgctl osc test --profile alice.yaml --rounds 3
    """
    from emgctl.errors import UsageError
    from emgctl.profile import load_profile
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry())
    outputs = [(name, output) for name, output in profile.outputs if output.kind == "osc"]
    if not outputs:
        raise UsageError(f"{profile_path}: has no output of kind 'osc'; its outputs: {_listed(profile)}")
    _send(profile, outputs, every_s, rounds)


def _listed(profile: Profile) -> str:
    return ", ".join(name for name, _ in profile.outputs)


def _send(profile: Profile, outputs: Sequence[tuple[str, Output]], every_s: float, rounds: int) -> None:
    from emgctl.build import build
    from emgctl.plugin import Session
    from emgctl.stats import Stats
    from emgctl.types import Command, Gesture

    pipeline = build(profile)
    spec = pipeline.spec
    session = Session(profile.user, spec.signal, spec.labels, Stats())
    for _, output in outputs:
        output.open(session)
    try:
        for number, label in enumerate(spec.labels * rounds):
            probabilities = {one: float(one == label) for one in spec.labels}
            command = pipeline.binding.command(Gesture(label, 1.0, probabilities, 1.0, number * every_s))
            for name, output in outputs:
                output.send(command)
                click.echo(f"{name} -> {_receiver(output.options)}: {label}: {_said(command)}")
            time.sleep(every_s)
        for _, output in outputs:
            output.send(Command.neutral(0.0, "end of the test"))
    finally:
        for _, output in outputs:
            output.close()


def _receiver(options: Any) -> str:
    return f"{options.host}:{options.port}"


def _said(command: Any) -> str:
    axes = [f"{name} {value:g}" for name, value in command.axes.items()]
    return ", ".join([*sorted(command.buttons), *axes]) or "nothing pressed"
