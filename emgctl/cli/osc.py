"""``emgctl osc``."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import profile_option

if TYPE_CHECKING:
    from emgctl.plugin import Output, WindowSpec
    from emgctl.profile.load import Profile
    from emgctl.types import Prediction

BENT_DEG = 30.0  # a joint that has no limits


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
    help="Seconds between gestures or joints.",
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often all are sent.")
def test(profile_path: Path, every_s: float, rounds: int) -> None:
    """Send what the profile's OSC outputs would send, once for each gesture, and print it.

    Where the decoder is 'pose', each joint is bent in turn.

    The model and the mapping are the profile's; no device is opened, and what is sent goes to the profile's receivers.
    A pause or kill that arrives over OSC ends it.

    \b
    Example:
      emgctl osc test --profile alice.yaml --rounds 3
    """
    from emgctl.errors import UsageError
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry())
    outputs = [(name, output) for name, output in profile.outputs if output.kind == "osc"]
    if not outputs:
        raise UsageError(f"{profile_path}: has no output of kind 'osc'; its outputs: {_listed(profile)}")
    _send(profile, outputs, every_s, rounds)


def _listed(profile: Profile) -> str:
    return ", ".join(name for name, _ in profile.outputs)


def _send(profile: Profile, outputs: Sequence[tuple[str, Output]], every_s: float, rounds: int) -> None:
    from emgctl.plugin import RunContext
    from emgctl.runtime.build import build
    from emgctl.stats import Stats
    from emgctl.types import Command, StopAnswer, StopRequest

    pipeline = build(profile)
    spec, stopped = pipeline.spec, threading.Event()

    def halt(request: StopRequest) -> StopAnswer:
        if request.how == "resume":
            return StopAnswer("killed" if stopped.is_set() else "running", 0.0)
        stopped.set()
        return StopAnswer("killed", 0.0)

    session = RunContext(profile.user, spec.signal, spec.labels, Stats(), joints=spec.joints, halt=halt)
    for _, output in outputs:
        output.open(session)
    try:
        for number, (what, prediction) in enumerate(list(_each(spec)) * rounds):
            command = pipeline.binding.command(replace(prediction, window_end_s=number * every_s))
            for name, output in outputs:
                output.send(command)
                click.echo(f"{name} -> {_receiver(output.options)}: {what}: {_described(command)}")
            if stopped.wait(every_s):
                click.echo("stopped over OSC")
                break
        for _, output in outputs:
            output.send(Command.neutral(0.0, "end of the test"))
    finally:
        for _, output in outputs:
            output.close()


def _each(spec: WindowSpec) -> Iterator[tuple[str, Prediction]]:
    """Each gesture, or a pose for each joint with only that bent to the middle of its limits, and what it is called."""
    from emgctl.types import Gesture, Pose

    for label in spec.labels:
        yield label, Gesture(label, 1.0, {one: float(one == label) for one in spec.labels}, 1.0, 0.0)
    if spec.joints:
        import numpy as np

        from emgctl.handmodel.joints import limits

        least, most = limits(spec.joints)
        for place, joint in enumerate(spec.joints):
            angles = np.zeros(len(spec.joints), np.float32)
            known = np.isfinite((least[place], most[place])).all()
            angles[place] = (least[place] + most[place]) / 2 if known else np.radians(BENT_DEG)
            yield f"{joint} {np.degrees(angles[place]):.0f} degrees", Pose(spec.joints, angles, 0.0, 1.0, 1.0)


def _receiver(options: Any) -> str:
    return f"{options.host}:{options.port}"


def _described(command: Any) -> str:
    axes = [f"{name} {value:g}" for name, value in command.axes.items()]
    joints = [f"{len(command.joints)} joints"] if command.joints else []
    return ", ".join([*sorted(command.buttons), *axes, *joints]) or "nothing pressed"
