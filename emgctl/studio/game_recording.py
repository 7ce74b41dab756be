"""The recording of a game, with what its gates ask for as labels; made only of a game whose player wants that."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from emgctl.calibration.marks import Marks
from emgctl.calibration.protocol import Prompt
from emgctl.errors import FileError
from emgctl.plugin import RunContext
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock


class GameRecording:
    """Writes a game's samples and prompts, as a calibration does; a prompt during which the run stopped has no label.

    :meth:`write` and :meth:`follow` are the run's loop's, and never wait; :meth:`finish` and :meth:`discard` wait for
    the disk. The later one of these two does nothing.

    Raises:
        FileError: the file can't be made.
    """

    def __init__(self, path: Path, context: RunContext) -> None:
        self._rest = context.rest
        self._writer = RecordingWriter(path, context.signal, user=context.user, session=path.stem)
        self._marks = Marks(self._writer)
        self._first: int | None = None
        self._at = self._number = 0
        self._asked = ""
        self._repetitions = Counter[str]()
        self._is_over = False
        self._lock, self._is_closed = threading.Lock(), False

    def write(self, block: SampleBlock) -> None:
        """Record a block."""
        if self._is_over:
            return
        if self._first is None:
            self._first = block.start
        self._writer.write(replace(block, start=block.start - self._first))
        self._at = block.start - self._first + len(block.samples)

    def follow(self, news: Mapping[str, Any]) -> None:
        """Take over what the game asks for from now on."""
        if news["phase"] == "done":
            self._is_over = True
        elif news["phase"] == "stopped":
            if self._asked:
                self._marks.discard(self._number)
            self._asked = ""
        elif (asked := news["cue"] or self._rest) != self._asked:
            self._asked = asked
            self._number += 1
            self._repetitions[asked] += 1
            self._marks.begin(self._number, self._at, Prompt(asked, 0.0, self._repetitions[asked]))

    def finish(self) -> Mapping[str, Any]:
        """Close the file; what a page shows of it: that it was ``recorded``, or the ``recording_problem``."""
        try:
            self._close()
            self._writer.check()
        except FileError as error:
            return {"recording_problem": str(error)}
        return {"recorded": True}

    def discard(self) -> None:
        """Remove what was recorded of a game that was not played to its end."""
        if self._close():
            self._writer.path.unlink(missing_ok=True)

    def _close(self) -> bool:
        """Close the file; whether it was not closed yet."""
        with self._lock:
            self._is_over, was_closed, self._is_closed = True, self._is_closed, True
            if not was_closed:
                self._writer.close()
            return not was_closed
