"""A recording as pictures and tables: shown by a notebook, or saved as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.support.preconditions import Progress, check_writable, needs_train_extra, no_progress

if TYPE_CHECKING:
    from emgctl.explore.page import Part
    from emgctl.types import Recording


@dataclass(frozen=True, slots=True)
class Plot:
    """Pictures and tables of recordings. A notebook shows them; :meth:`save` writes them.

    ``figures`` has the numbers behind them, as ``emgctl data plot --json`` writes them.
    """

    title: str
    parts: tuple[Part, ...]
    figures: dict[str, Any]

    def save(self, *paths: str | Path) -> None:
        """Write a page (``.html``) that needs no other file, or the pictures in one (``.png``).

        Raises:
            UsageError: a name has another ending.
            FileError: a file can't be written.
        """
        from emgctl.explore.page import check_endings, write

        files = [Path(path) for path in paths]
        check_endings(files)
        check_writable(*files)
        write(files, self.title, self.parts, self.figures)

    def __repr__(self) -> str:
        return f"<Plot of {self.title}: {', '.join(part.title for part in self.parts)}>"

    def _repr_html_(self) -> str:
        from emgctl.explore.page import in_html

        return in_html(self.parts)


def plot(
    recordings: Sequence[Recording],
    *,
    start_s: float = 0.0,
    seconds: float | None = None,
    title: str = "",
    progress: Progress = no_progress,
) -> Plot:
    """Draw signals, spectrum, strength, labels and joint angles of recordings, as ``emgctl data plot`` does.

    Args:
        recordings: what is drawn, one below the other.
        start_s: the first second that is shown.
        seconds: how many are shown; None for all.
        title: of the page; the first recording's name if there is none.
        progress: called before each recording.

    Raises:
        UsageError: a recording ends before ``start_s``, or a glove's sensors are not known.
        DeviceError: matplotlib is not installed.
    """
    needs_train_extra("data plot", "matplotlib", "scipy")
    from emgctl.explore.plot import plot as draw
    from emgctl.explore.view import view
    from emgctl.handmodel.track import in_radians

    parts: list[Part] = []
    results = []
    for number, (one, pose) in enumerate(zip(recordings, in_radians(recordings), strict=True)):
        progress("drawing", number, len(recordings))
        drawn, result = draw(view(one, pose, start_s, seconds))
        parts += drawn
        results.append(result)
    return Plot(title or recordings[0].name, tuple(parts), {"recordings": results})
