"""The input as the loop sees it: it never fails, it only falls silent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emgctl.errors import DeviceError
from emgctl.plugin import Input
from emgctl.reopen import Reopening
from emgctl.types import Led, SampleBlock, Signal, Vibrate


class Source:
    """Reads an Input; when that is lost, closes it and reopens it beside the loop, with backoff.

    ``problem`` says what is wrong while it is lost, "" otherwise. After a reconnect the sample clock goes on from where
    it was: the new samples follow the old ones after a gap of at least one sample.
    """

    def __init__(self, source: Input) -> None:
        self._input = source
        self._reopening: Reopening | None = None
        self._next_start = 0
        self._offset = 0
        self._signal: Signal | None = None
        self.problem = ""
        self.reconnects = 0

    @property
    def status(self) -> dict[str, Any]:
        """What the device tells of itself."""
        return self._input.status

    @property
    def live(self) -> bool:
        """False for a recording, whose every window is decoded."""
        return self._input.live

    def open(self) -> Signal:
        """Open the input; what is wrong the first time is the user's to hear, so it is raised."""
        self._signal = self._input.open()
        return self._signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block, or None for silence; raises EndOfRecording only."""
        if self._reopening is not None and not self._reopened(timeout_s):
            return None
        try:
            block = self._input.read(timeout_s)
        except (DeviceError, OSError) as error:
            self._lose(str(error))
            return None
        if block is None:
            return None
        if self._offset:
            block = replace(block, start=block.start + self._offset)
        self._next_start = block.start + len(block.samples)
        return block

    def cue(self, label: str) -> None:
        """Tell a simulated person what to do."""
        if self._reopening is None:
            self._input.cue(label)

    def request(self, request: Vibrate | Led) -> None:
        """Let the device vibrate or shine, while it is there."""
        if self._reopening is None:
            self._input.request(request)

    def close(self) -> None:
        """Close the input and stop any attempt to reopen it."""
        if self._reopening is not None:
            self._reopening.give_up()
        self._input.close()

    def _lose(self, problem: str) -> None:
        self.problem = problem
        self._input.close()
        self._reopening = Reopening(self._input.kind, self._open_again)

    def _open_again(self) -> None:
        signal = self._input.open()
        if signal != self._signal:
            self._input.close()
            raise DeviceError(self._input.kind, f"came back with {signal}, not {self._signal}")

    def _reopened(self, timeout_s: float) -> bool:
        assert self._reopening is not None  # noqa: S101 - read() checks
        if not self._reopening.wait(timeout_s):
            return False
        self._reopening, self.problem = None, ""
        self._offset = self._next_start + 1
        self.reconnects += 1
        return True
