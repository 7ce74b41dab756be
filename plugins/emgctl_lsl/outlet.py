"""Output ``lsl``: decisions and controls as streams of the Lab Streaming Layer, for others to record."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from emgctl.findings import Finding, library
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture
from emgctl_lsl.library import pylsl


class LslOutputOptions(Options):
    """``name`` begins the streams' names; "" for the user's. ``network``: found by other computers, too."""

    name: str = ""
    network: bool = False


class LslOutput(Output):
    """Three streams: NAME decisions (numbers), NAME gesture (markers at each change) and NAME controls (JSON)."""

    kind = "lsl"
    Options = LslOutputOptions
    options: LslOutputOptions
    _outlets: tuple[Any, Any, Any] | None = None

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package."""
        yield library("pylsl", "lsl")

    def open(self, session: Session) -> None:
        """Offer the streams. Of the decisions: label's number (-1: neutral), confidence, intensity, probabilities."""
        module = pylsl("lsl", self.options.network)
        name = self.options.name or session.user or "emgctl"
        self._labels = session.labels
        channels = ["label", "confidence", "intensity", *(f"p {label}" for label in session.labels)]
        decisions = module.StreamInfo(
            f"{name} decisions", "EMGDecision", len(channels), module.IRREGULAR_RATE, "float32", f"emgctl-{name}-d"
        )
        described = decisions.desc().append_child("channels")
        for channel in channels:
            described.append_child("channel").append_child_value("label", channel)
        labels = decisions.desc().append_child("labels")
        for label in session.labels:
            labels.append_child_value("label", label)
        texts = [
            module.StreamInfo(
                f"{name} {what}", "Markers", 1, module.IRREGULAR_RATE, "string", f"emgctl-{name}-{what[0]}"
            )
            for what in ("gesture", "controls")
        ]
        self._outlets = module.StreamOutlet(decisions), module.StreamOutlet(texts[0]), module.StreamOutlet(texts[1])
        self._said, self._told = "", ""

    def send(self, command: Command) -> None:
        """A decision's numbers each time; gesture and controls when they change."""
        if self._outlets is None:
            return
        decisions, markers, controls = self._outlets
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        label = "" if gesture is None else gesture.label
        number = -1.0 if command.reason or label not in self._labels else float(self._labels.index(label))
        shares = gesture.probabilities if gesture else {}
        numbers = [number, gesture.confidence if gesture else 0.0, gesture.intensity if gesture else 0.0]
        numbers += [shares.get(one, 0.0) for one in self._labels]
        decisions.push_sample([value if math.isfinite(value) else 0.0 for value in numbers])
        said = f"neutral: {command.reason}" if command.reason else label
        if said != self._said:
            self._said = said
            markers.push_sample([said])
        told = json.dumps(
            {"axes": dict(command.axes), "buttons": sorted(command.buttons), "joints": dict(command.joints)}
        )
        if told != self._told:
            self._told = told
            controls.push_sample([told])

    def close(self) -> None:
        """Withdraw the streams."""
        self._outlets = None
