"""The input as the loop sees it: it never fails, it only falls silent."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emgctl.errors import DeviceError, EmgctlError
from emgctl.plugin import EndOfRecording, Input
from emgctl.registry.fence import described, failed
from emgctl.runtime.reconnect import Reopening
from emgctl.runtime.stream.stream_guard import malformed
from emgctl.types import Led, SampleBlock, Signal, Vibrate

log = logging.getLogger(__name__)


def _any(_: Signal) -> None:
    """Every signal can be used."""


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
        self._check: Callable[[Signal], None] = _any
        self.problem = ""
        self.reconnects = 0

    @property
    def status(self) -> dict[str, Any]:
        """What the device tells of itself."""
        return self._input.status

    @property
    def kind(self) -> str:
        """The kind of the input, for messages."""
        return self._input.kind

    @property
    def live(self) -> bool:
        """False for a recording, whose every window is decoded."""
        return self._input.live

    @property
    def paced(self) -> bool:
        """False for a recording that plays as fast as it can be read."""
        return self._input.paced

    def open(self, check: Callable[[Signal], None] = _any, expected: Signal | None = None) -> Signal:
        """Open the input; what is wrong the first time is the user's to know, so it is raised.

        ``check`` raises EmgctlError for a signal that can't be used. With an ``expected`` signal, which is returned
        then, an input that can't be opened yet is waited for, as one that was lost.
        """
        self._check = check
        try:
            signal = self._input.open()
        except (Exception, SystemExit) as error:
            if not isinstance(error, EmgctlError):
                raise failed(self._input, f"open() raised {described(error)}", error) from error
            if expected is None or not isinstance(error, DeviceError):
                raise
            self._lose(str(error))
            return expected
        check(signal)
        self._signal = signal
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block, or None for silence; raises EndOfRecording only."""
        if self._reopening is not None and not self._reopened(timeout_s):
            return None
        try:
            block = self._input.read(timeout_s)
            problem = "" if block is None or self._signal is None else malformed(block, self._signal.channels)
        except EndOfRecording:
            raise
        except BaseException as error:
            log.debug("input failed", exc_info=True)
            problem, block = str(error) or type(error).__name__, None
        if problem:
            self._lose(problem)
            return None
        if block is None:
            return None
        if self._offset:
            block = replace(block, start=block.start + self._offset)
        self._next_start = max(block.start + len(block.samples), self._next_start)
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
        log.warning("input '%s' is lost and will be reopened: %s", self.kind, problem)
        with contextlib.suppress(Exception):  # a device that is gone may complain when it is closed
            self._input.close()
        self._reopening = Reopening(self._input.kind, self._open_again)

    def _open_again(self) -> None:
        signal = self._input.open()
        try:
            if self._signal is None:
                self._check(signal)
            elif signal != self._signal:
                raise DeviceError(self._input.kind, f"came back with {signal}, not {self._signal}")
        except EmgctlError:
            self._input.close()
            raise
        self._signal = signal

    def _reopened(self, timeout_s: float) -> bool:
        assert self._reopening is not None  # noqa: S101 - read() checks
        if not self._reopening.wait(timeout_s):
            problem = self._reopening.last_error
            if problem and problem != self.problem:
                self.problem = problem
                log.warning("input '%s' can't be reopened yet: %s", self.kind, problem)
            return False
        log.warning("input '%s' is back", self.kind)
        self._reopening, self.problem = None, ""
        self._offset = self._next_start + 1
        self.reconnects += 1
        return True
