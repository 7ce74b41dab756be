"""Output ``lsl``: decisions and controls as Lab Streaming Layer streams, for other programs to record."""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

from emgctl.plugin import Options, Output, RunContext
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.support.firewall import announce_firewall
from emgctl.types import Command, Gesture, Pose
from emgctl_lsl.library import calls, pylsl

if TYPE_CHECKING:
    from pylsl import StreamOutlet

POSE = "pose"


class LslOutputOptions(Options):
    """``name`` is the prefix of the stream names, "" for the user's name. ``network`` makes them visible to others."""

    name: str = ""
    network: bool = False


class LslOutput(Output):
    """Streams: NAME decisions and NAME pose (numbers), NAME gesture (markers at each change), NAME controls (JSON).

    Their source ids differ between two runs of one user, and stay the same when reopened within a run.
    """

    kind = "lsl"
    of_one_input = True
    Options = LslOutputOptions
    options: LslOutputOptions
    _outlets: tuple[StreamOutlet, StreamOutlet, StreamOutlet] | None = None
    _poses: StreamOutlet | None = None

    def __init__(self, options: LslOutputOptions) -> None:
        super().__init__(options)
        self._run = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check that pylsl is installed."""
        yield library("pylsl", "lsl")

    def open(self, context: RunContext) -> None:
        """Create the streams. Decisions are: label number (-1: neutral), confidence, intensity, probabilities.

        A pose decoder has one label, "pose", and an additional stream of angles.

        Raises:
            DeviceError: liblsl cannot create them.
        """
        with calls("lsl"):
            self._offer(context)

    def _offer(self, context: RunContext) -> None:
        module = pylsl("lsl", self.options.network)
        announce_firewall("lsl", "" if self.options.network else "localhost")
        name = self.options.name or context.user or "emgctl"
        source = f"emgctl-{name}-{self._run}"
        self._labels, self._joints = context.labels, context.joints
        channels = ["label", "confidence", "intensity", *(f"p {label}" for label in context.labels)]
        decisions = module.StreamInfo(
            f"{name} decisions", "EMGDecision", len(channels), module.IRREGULAR_RATE, "float32", f"{source}-d"
        )
        described = decisions.desc().append_child("channels")
        for channel in channels:
            described.append_child("channel").append_child_value("label", channel)
        labels = decisions.desc().append_child("labels")
        for label in context.labels or ((POSE,) if context.joints else ()):
            labels.append_child_value("label", label)
        texts = [
            module.StreamInfo(f"{name} {what}", "Markers", 1, module.IRREGULAR_RATE, "string", f"{source}-{what[0]}")
            for what in ("gesture", "controls")
        ]
        self._outlets = module.StreamOutlet(decisions), module.StreamOutlet(texts[0]), module.StreamOutlet(texts[1])
        self._poses = module.StreamOutlet(_of_joints(module, name, source, context.joints)) if context.joints else None
        self._shown, self._sent = "", ""

    def send(self, command: Command) -> None:
        """Send every decision and pose; send gesture and controls only when they change.

        No angles are sent while neutral.
        """
        if self._outlets is None:
            return
        decisions, markers, controls = self._outlets
        decided = command.prediction
        label = decided.label if isinstance(decided, Gesture) else POSE if isinstance(decided, Pose) else ""
        labels = self._labels or (POSE,)
        number = -1.0 if command.reason or label not in labels else float(labels.index(label))
        shares = decided.probabilities if isinstance(decided, Gesture) else {}
        numbers = [number, decided.confidence if decided else 0.0, decided.intensity if decided else 0.0]
        numbers += [shares.get(one, 0.0) for one in self._labels]
        decisions.push_sample([value if math.isfinite(value) else 0.0 for value in numbers])
        text = f"neutral: {command.reason}" if command.reason else label
        if text != self._shown:
            self._shown = text
            markers.push_sample([text])
        angles_rad = [command.joints.get(joint, math.nan) for joint in self._joints]
        if self._poses is not None and all(map(math.isfinite, angles_rad)):
            self._poses.push_sample(angles_rad)
        joints = {name: angle for name, angle in command.joints.items() if name not in self._joints}
        state = json.dumps({"axes": dict(command.axes), "buttons": sorted(command.buttons), "joints": joints})
        if state != self._sent:
            self._sent = state
            controls.push_sample([state])

    def close(self) -> None:
        """Close the streams."""
        self._outlets = self._poses = None


def _of_joints(module: ModuleType, name: str, source: str, joints: tuple[str, ...]) -> StreamOutlet:
    info = module.StreamInfo(f"{name} pose", "Pose", len(joints), module.IRREGULAR_RATE, "float32", f"{source}-p")
    channels = info.desc().append_child("channels")
    for joint in joints:
        channel = channels.append_child("channel")
        channel.append_child_value("label", joint)
        channel.append_child_value("unit", "rad")
    return info
