"""The contract of simulators, as a test for their authors; :mod:`emgctl.testing` passes it on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import threading
from collections.abc import Iterator

from emgctl.plugin import Options, Simulator
from emgctl.testing.contract import LIMIT_S, answer, check_class


def check_simulator(cls: type[Simulator], options: Options) -> None:
    """The contract of every simulator; AssertionError says what is broken.

    It writes its first event to stdout without being asked, a line of JSON each, ends soon after ``should_stop`` gives
    a reason, and can be played again.
    """
    check_class("simulator", cls)
    for _ in range(2):
        one, output = cls(options), _Lines()
        with contextlib.redirect_stdout(output), _silent_stdin():
            answer(one, "run()", lambda: one.run(output.should_stop))  # noqa: B023 - it is called at once
        assert output.first.is_set(), f"{cls.kind}: run() wrote nothing to stdout in {LIMIT_S / 2:g} s"
        for line in output.getvalue().splitlines():
            assert _is_event(line), f"{cls.kind}: run() wrote {line!r}, which is no object of JSON"


class _Lines(io.StringIO):
    """What is written to stdout, and the reason to stop: that a whole line is there, or that none has come."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self._late = threading.Event(), threading.Event()
        self._timer = threading.Timer(LIMIT_S / 2, self._late.set)
        self._timer.daemon = True
        self._timer.start()

    def write(self, text: str) -> int:
        if "\n" in text:
            self.first.set()
        return super().write(text)

    def should_stop(self) -> str:
        """A reason as soon as there is one."""
        reason = "the first event has come" if self.first.is_set() else "no event came" if self._late.is_set() else ""
        if reason:
            self._timer.cancel()
        return reason


@contextlib.contextmanager
def _silent_stdin() -> Iterator[None]:
    """A standard input on which nobody types: real, as a simulator may wait for it together with its device."""
    before, (ours, theirs) = sys.stdin, os.pipe()
    sys.stdin = os.fdopen(ours)
    try:
        yield
    finally:
        os.close(theirs)
        sys.stdin.close()
        sys.stdin = before


def _is_event(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
