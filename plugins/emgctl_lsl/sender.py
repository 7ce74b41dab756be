"""``emgctl simulate lsl``: a program that sends a stream of EMG, shaped like those of devices on the market."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from emgctl.recording.listening.sending import Sender, SenderOptions, report
from emgctl_lsl.library import pylsl

if TYPE_CHECKING:
    from pylsl import StreamOutlet


class LslSenderOptions(SenderOptions):
    """What is sent: the stream's ``name``, ``type``, ``source_id``, and the ``unit`` and ``labels`` of its channels.

    Without ``unit`` or ``labels``, the stream's description lacks them, as that of many devices does. ``together`` is
    how many samples are sent at a time. See :class:`SenderOptions` for the others.
    """

    name: Annotated[str, Field(min_length=1)] = "simulated"
    type: str = "EMG"
    source_id: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    together: Annotated[int, Field(ge=1, le=1000)] = 1


class LslSender(Sender):
    """A program with an LSL stream, controlled through stdin.

    Commands: silence SECONDS, lose SAMPLES, restart SECONDS (the program ends, and restarts after that time).
    """

    kind = "lsl"
    Options = LslSenderOptions
    options: LslSenderOptions
    orders = "restart SECONDS"
    _outlet: StreamOutlet | None = None

    def begin(self) -> None:
        """Offer the stream."""
        module, options = pylsl("simulate lsl"), self.options
        info = module.StreamInfo(
            options.name, options.type, options.channels, options.rate_hz, "float32", options.source_id
        )
        self._describe(info)
        self._outlet, self._clock = module.StreamOutlet(info), module.local_clock
        self._first_s = self._clock() - time.perf_counter()
        report(event="sending", port=options.name, channels=options.channels, rate_hz=options.rate_hz)

    def end(self) -> None:
        """Withdraw the stream."""
        self._outlet = None

    def send(self, first: int, count: int) -> None:
        """Send the samples of which so many are due, with the time at which the last one was."""
        together = self.options.together
        first, end = first // together * together, (first + count) // together * together
        if self._outlet is not None and end > first:
            rows = self.rows(first, end - first).astype(np.float32)
            self._outlet.push_chunk(np.ascontiguousarray(rows), self.due_s(end - 1) + self._first_s)

    def obey(self, words: list[str]) -> bool:
        """Carry out an order."""
        match words:
            case ["restart", seconds]:
                self.begin_anew(float(seconds))
            case _:
                return False
        return True

    def _describe(self, info: Any) -> None:
        options = self.options
        if options.labels or options.unit:
            channels = info.desc().append_child("channels")
            for place in range(options.channels):
                one = channels.append_child("channel")
                one.append_child_value(
                    "label", options.labels[place] if place < len(options.labels) else f"{place + 1}"
                )
                one.append_child_value("unit", options.unit)
