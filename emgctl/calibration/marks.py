"""The markers of a session's steps, which can be taken back."""

from __future__ import annotations

from emgctl.calibration.protocol import Prompt
from emgctl.recording.writer import RecordingWriter


class Marks:
    """Which step was recorded from which sample on.

    A marker holds until the next in the file, whatever its sample, so that one of a step that is taken back is followed
    by those of the later steps again.
    """

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._placed: list[tuple[int, int, Prompt | None]] = []

    def begin(self, number: int, at: int, step: Prompt) -> None:
        """Mark the sample at which a step begins."""
        self._place(number, at, step)

    def discard(self, number: int) -> bool:
        """Take back the latest mark of a step: what was recorded of it has no label. False if there is none."""
        places = [place for place, (one, _, step) in enumerate(self._placed) if one == number and step is not None]
        if not places:
            return False
        later = self._placed[places[-1] :]
        self._placed = self._placed[: places[-1]]
        for which, at, step in [(number, later[0][1], None), *later[1:]]:
            self._place(which, at, step)
        return True

    def _place(self, number: int, at: int, step: Prompt | None) -> None:
        self._placed.append((number, at, step))
        self._writer.mark(at, step.label if step else "", step.repetition if step else -1)
