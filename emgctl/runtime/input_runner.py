"""The input as the loop sees it: it never fails, it only goes silent."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emgctl.errors import DeviceError, EmgctlError
from emgctl.plugin import EndOfRecording, Input
from emgctl.registry.fence import described, failed
from emgctl.runtime.interruptible import interruptible
from emgctl.runtime.reconnect import ReconnectTask
from emgctl.runtime.stream.stream_guard import malformed
from emgctl.types import Led, SampleBlock, Signal, Vibrate

log = logging.getLogger(__name__)


def any_signal(_: Signal) -> None:
    """Accept every signal."""


class InputRunner:
    """Reads an Input; if it is lost, closes it and reopens it in the background, with backoff.

    ``problem`` describes the problem while it is lost, "" otherwise. After a reconnect the sample clock continues: new
    samples follow the old ones after a gap of at least one sample.
    """

    def __init__(self, source: Input) -> None:
        self._input = source
        self._reopening: ReconnectTask | None = None
        self._next_start = 0
        self._offset = 0
        self._signal: Signal | None = None
        self._check: Callable[[Signal], None] = any_signal
        self.problem = ""
        self.reconnects = 0

    @property
    def status(self) -> dict[str, Any]:
        """What the device reports about itself."""
        return self._input.status

    @property
    def kind(self) -> str:
        """The kind of the input, for messages."""
        return self._input.kind

    @property
    def live(self) -> bool:
        """False for a recording, every window of which is decoded."""
        return self._input.live

    @property
    def paced(self) -> bool:
        """False for a recording that plays as fast as it can be read."""
        return self._input.paced

    def open(self, check: Callable[[Signal], None] = any_signal, expected: Signal | None = None) -> Signal:
        """Open the input; the first failure is raised, since the user has to know.

        ``check`` raises EmgctlError for an unusable signal. With an ``expected`` signal, which is then returned, an
        input that cannot be opened yet is waited for like a lost one.
        """
        self._check = check
        try:
            signal = interruptible(self._input.open, self._input.close)
        except (Exception, SystemExit) as error:
            if not isinstance(error, EmgctlError):
                raise failed(self._input, f"open() raised {described(error)}", error) from error
            if expected is None or not isinstance(error, DeviceError):
                raise
            self._lose(str(error), "is not there yet, and is waited for")
            return expected
        check(signal)
        self._signal = signal
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return the next block, or None for silence; raises only EndOfRecording."""
        if self._reopening is not None and not self._reopened(self._reopening, timeout_s):
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

    def check_cue(self, label: str) -> None:
        """Check that a recorded or simulated person can do something, as the input does."""
        if self._reopening is None:
            self._input.check_cue(label)

    def cue(self, label: str) -> None:
        """Cue a simulated person."""
        if self._reopening is None:
            self._input.cue(label)

    def request(self, request: Vibrate | Led) -> None:
        """Make the device vibrate or light up, if it is connected."""
        if self._reopening is None:
            self._input.request(request)

    def close(self) -> None:
        """Close the input and stop any attempt to reopen it."""
        if self._reopening is not None:
            self._reopening.give_up()
        self._input.close()

    def _lose(self, problem: str, how: str = "is lost and will be reopened") -> None:
        self.problem = problem
        log.warning("input '%s' %s: %s", self.kind, how, problem)
        with contextlib.suppress(Exception):  # a lost device may raise when closed
            self._input.close()
        self._reopening = ReconnectTask(self._input.kind, self._open_again, problem)

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

    def _reopened(self, reopening: ReconnectTask, timeout_s: float) -> bool:
        if not reopening.wait(timeout_s):
            self.problem = reopening.last_error or self.problem
            if news := reopening.news():
                log.warning("input '%s' cannot be reopened yet: %s", self.kind, news)
            return False
        log.warning("input '%s' is %s", self.kind, "back" if self.reconnects or self._next_start else "there")
        self._reopening, self.problem = None, ""
        self._offset = self._next_start + 1
        self.reconnects += 1
        return True
