"""Output ``spresense``: samples as text for the MIC-Laboratory's arm, which decodes them itself.

The arm's own ESP32 reads the armband and passes its samples on to a Spresense board (its sketch, ESP32/ESP32.ino): two
samples of eight channels, each value as a byte's number followed by ``<``, then ``?``; 250000 baud. This output takes
the ESP32's place. The board decides over windows of 32 samples, by a majority of four, and keeps its last
decision when no data arrive. So when emgctl is neutral it sends silence for as long as it takes, and the arm rests.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, RunContext
from emgctl.support.serial_port import opened
from emgctl.types import Command, SampleBlock, Samples

if TYPE_CHECKING:
    from emgctl.support.serial_port import SerialPort

CHANNELS, SAMPLES_A_FRAME = 8, 2
SETTLES = 32 + 10 * 5  # samples after which a majority of its windows is silent
_QUEUE_BLOCKS = 8  # a longer queue would move the arm late
_CLOSING_S = 0.3


def text(samples: Samples) -> bytes:
    """The text for an even number of samples ``(T, 8)`` in an armband's counts, -128 to 127."""
    octets = np.clip(np.rint(samples), -128, 127).astype(np.int8).astype(np.uint8)
    frames = octets.reshape(-1, SAMPLES_A_FRAME * CHANNELS).tolist()
    return "".join("".join(f"{value}<" for value in frame) + "?" for frame in frames).encode()


class SpresenseOptions(Options):
    """The port of the Spresense's second serial line."""

    port: Annotated[str, Field(min_length=1)]
    baud: Annotated[int, Field(ge=50, le=4_000_000)] = 250_000
    write_timeout_s: Annotated[float, Field(gt=0, le=5)] = 0.2


class Spresense(Output):
    """The raw samples of a Myo as text, for an arm that decodes by itself; silence when emgctl is neutral."""

    kind = "spresense"
    wants_samples = True
    Options = SpresenseOptions
    options: SpresenseOptions
    _thread: threading.Thread | None = None

    def open(self, context: RunContext) -> None:
        """Open the port; until the first decision, silence is sent.

        Raises:
            DeviceError: the input does not deliver eight channels in counts, or the port can't be opened.
        """
        if context.signal.channels != CHANNELS or context.signal.unit != "count":
            raise DeviceError(
                "spresense",
                f"takes 8 channels in count, but the input provides {context.signal}",
                "use the input myo, or a recording of one",
            )
        self._port = opened("spresense", self.options.port, self.options.baud, self.options.write_timeout_s)
        self._quiet, self._odd = True, np.empty((0, CHANNELS), np.float32)
        self._failure: Exception | None = None
        self._queue: queue.Queue[bytes | None] = queue.Queue(_QUEUE_BLOCKS)
        self._thread = threading.Thread(target=self._write, args=(self._port, self._queue), daemon=True)
        self._thread.start()

    def samples(self, block: SampleBlock) -> None:
        """Send samples, or silence of the same length; they are dropped while the line is too slow.

        Raises:
            OSError: the cable was pulled.
        """
        values = np.nan_to_num(block.samples) if not self._quiet else np.zeros_like(block.samples)
        both = np.concatenate([self._odd, values])
        even = len(both) // SAMPLES_A_FRAME * SAMPLES_A_FRAME
        self._odd = both[even:]
        if even:
            self._put(text(both[:even]))

    def send(self, command: Command) -> None:
        """Send silence while emgctl is neutral for a reason, and samples otherwise."""
        quiet = bool(command.reason)
        if quiet and not self._quiet:
            self._put(text(np.zeros((SETTLES, CHANNELS), np.float32)))
        self._quiet = quiet

    def close(self) -> None:
        """Write what is queued, and close the port."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=_CLOSING_S)
                thread.join(_CLOSING_S)
            with contextlib.suppress(OSError):  # a port whose cable was pulled
                self._port.close()

    def _put(self, data: bytes) -> None:
        if self._failure is not None:
            raise self._failure
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(data)

    def _write(self, port: SerialPort, waiting: queue.Queue[bytes | None]) -> None:
        try:
            while (data := waiting.get()) is not None:
                port.write(data)
        except Exception as error:  # raised at the next sample
            self._failure = OSError(f"the port accepts no more data: {error}")
