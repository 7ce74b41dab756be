"""The arm's motion from an input of its own: its rows travel with the samples of the main input."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emgctl.errors import EmgctlError
from emgctl.plugin import EndOfRecording, Input
from emgctl.runtime.input_runner import InputRunner, any_signal
from emgctl.runtime.stream.stream_guard import MOTION_COLUMNS
from emgctl.types import SampleBlock, Samples, Signal

_READ_S = 0.1  # after which the thread looks whether it should end
_MOST_BLOCKS = 1000  # while the main input is silent
_EXPECTED = Signal(MOTION_COLUMNS, 50.0)  # of an input that is waited for


class MotionReader:
    """Reads an input in a thread of its own and keeps its motion until it is taken.

    Its motion is that of an IMU or, without one, its samples: a unit quaternion w x y z, an acceleration and an angular
    velocity. Rows that are not finite are dropped. A lost input is reopened, and until then there is no motion.
    """

    def __init__(self, source: Input) -> None:
        self._runner = InputRunner(source)
        self._rows: deque[Samples] = deque(maxlen=_MOST_BLOCKS)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._read, name="motion", daemon=True)

    def open(self, wait: bool) -> float:
        """Open the input and return how many rows a second it delivers; with ``wait``, it may come later.

        Raises:
            EmgctlError: it can't be opened, or delivers no motion.
        """
        signal = self._runner.open(self._check, _EXPECTED if wait else None)
        return signal.motion_hz or signal.rate_hz

    def _check(self, signal: Signal) -> None:
        if not signal.motion_hz and signal.channels != MOTION_COLUMNS:
            raise EmgctlError(
                f"'motion': input '{self._runner.kind}' delivers {signal} and no motion; it needs an IMU, or ten "
                "channels: a quaternion w x y z, the acceleration in g and the angular velocity in degrees a second"
            )

    def begin(self) -> None:
        """Begin to read, if it has not begun yet."""
        if self._thread.ident is None:
            self._thread.start()

    def take(self) -> Samples | None:
        """The rows since the last call, None if there are none."""
        rows = [self._rows.popleft() for _ in range(len(self._rows))]
        return np.concatenate(rows) if rows else None

    def close(self) -> None:
        """End the thread and close the input."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(2 * _READ_S)
        self._runner.close()

    def _read(self) -> None:
        while not self._closing.is_set():
            try:
                block = self._runner.read(_READ_S)
            except EndOfRecording:
                return
            rows = None if block is None else block.samples if block.motion is None else block.motion
            if (
                rows is not None
                and rows.shape[1] == MOTION_COLUMNS
                and len(rows := rows[np.isfinite(rows).all(axis=1)])
            ):
                self._rows.append(rows.astype(np.float32))


class MovingInputRunner(InputRunner):
    """An input whose blocks carry the motion that came from another since the last one, instead of their own."""

    def __init__(self, source: Input, motion: Input) -> None:
        super().__init__(source)
        self._motion = MotionReader(motion)

    def open(self, check: Callable[[Signal], None] = any_signal, expected: Signal | None = None) -> Signal:
        """Open both."""
        motion_hz = self._motion.open(wait=expected is not None)
        signal = super().open(lambda found: check(replace(found, motion_hz=motion_hz)), expected)
        return replace(signal, motion_hz=motion_hz)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block with the motion since the last one."""
        self._motion.begin()
        block = super().read(timeout_s)
        return None if block is None else replace(block, motion=self._motion.take())

    def close(self) -> None:
        """Close both."""
        self._motion.close()
        super().close()


def input_runner(source: Input, motion: Input | None) -> InputRunner:
    """The runner of an input, with the motion of another one where there is one."""
    return InputRunner(source) if motion is None else MovingInputRunner(source, motion)
