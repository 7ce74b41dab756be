"""``emgctl osc``."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import Number, profile_option

if TYPE_CHECKING:
    from emgctl.plugin import WindowSpec
    from emgctl.profile.load import Profile
    from emgctl.types import Command, Prediction

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
@click.option("--output", "names", metavar="NAME", multiple=True, help="Test this output only; may be repeated.")
@click.option(
    "--every",
    "every_s",
    type=Number(0.01, 10),
    default=0.5,
    show_default=True,
    help="Seconds between gestures or joints.",
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often all are sent.")
def test(profile_path: Path, names: tuple[str, ...], every_s: float, rounds: int) -> None:
    """Send what the profile's outputs would send, once for each gesture, and print it.

    All outputs that can be tested take part: 'osc', and those of plugins that allow it. Of a decoder of poses, each
    joint is bent in turn. The model and the mapping are the profile's; no other device is opened, and what is sent
    goes to the profile's receivers. A pause or kill that arrives over OSC ends it.

    \b
    Examples:
      emgctl osc test --profile alice.yaml --rounds 3
      emgctl osc test --profile alice.yaml --output osc2
    """
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.plugin import Probeable
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry())
    there = dict(profile.outputs)
    probed = [name for name, output in there.items() if isinstance(output, Probeable)]
    for name in names:
        if name not in there:
            raise UsageError(f"{profile_path}: has no output '{name}'{did_you_mean(name, there)}")
        if name not in probed:
            raise UsageError(f"{profile_path}: output '{name}' can't be tested; its plugin has no probe()")
    if not probed:
        raise UsageError(
            f"{profile_path}: has no output that can be tested, such as 'osc'; its outputs: {', '.join(there)}"
        )
    _send(profile, names or probed, every_s, rounds)


def _send(profile: Profile, names: Collection[str], every_s: float, rounds: int) -> None:
    from emgctl.plugin import Probeable, RunContext
    from emgctl.registry.fence import called
    from emgctl.runtime.build import build
    from emgctl.types import Command, StopAnswer, StopRequest

    pipeline = build(profile)
    outputs = [
        (name, output, output.probe)
        for name, output in profile.outputs
        if name in names and isinstance(output, Probeable)
    ]
    spec, stopped, stopped_by = pipeline.spec, threading.Event(), ""

    def halt(request: StopRequest) -> StopAnswer:
        nonlocal stopped_by
        if request.how == "resume":
            return StopAnswer("killed" if stopped.is_set() else "running", 0.0)
        stopped_by = request.by
        stopped.set()
        return StopAnswer("killed", 0.0)

    context = RunContext(profile.user, spec.signal, spec.labels, pipeline.stats.snapshot, joints=spec.joints, halt=halt)
    try:
        for _, output, _ in outputs:
            called(output, "open()", partial(output.open, context))
        for number, (what, prediction) in enumerate(list(_each(spec)) * rounds):
            command = pipeline.engine.command(replace(prediction, window_end_s=number * every_s))
            for name, output, probe in outputs:
                receiver = called(output, "probe()", partial(probe, command))
                click.echo(f"{name} -> {receiver}: {what}: {_described(command)}")
            if stopped.wait(every_s):
                click.echo(f"stopped over {stopped_by}")
                break
        for _, output, _ in outputs:
            called(output, "send()", partial(output.send, Command.neutral(0.0, "end of the test")))
    finally:
        for _, output, _ in outputs:
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


def _described(command: Command) -> str:
    axes = [f"{name} {value:g}" for name, value in command.axes.items()]
    joints = [f"{len(command.joints)} joints"] if command.joints else []
    return ", ".join([*sorted(command.buttons), *axes, *joints]) or "nothing pressed"
