"""Reading recordings and data sets, and looking into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl import types
from emgctl.api.arguments import checked
from emgctl.errors import UsageError, did_you_mean
from emgctl.support.preconditions import Progress, no_progress

if TYPE_CHECKING:
    from emgctl.api.plots import Plot
    from emgctl.recording.segments import Span

Data = types.Recording | str | Path | Sequence[types.Recording | str | Path] | Callable[[], Sequence[types.Recording]]
"""Recordings, files of them, or a function that reads them once all other arguments have been checked."""

_NAMED = 4  # recordings that a message lists


@dataclass(frozen=True, slots=True, repr=False)
class Recording(types.Recording):
    """A recorded signal with what is known about each sample.

    ``samples`` ``(T, C)`` float32 are in the unit of ``signal``; ``labels`` ``(T,)`` are indices into ``label_names``,
    -1 where nothing is known. All fields are described at :class:`emgctl.types.Recording`. Make one of your own data:

        emgctl.Recording("mine", emgctl.Signal(channels=8, rate_hz=1000.0, unit="uV"), samples, "mine.csv")
    """

    def segments(self) -> list[Span]:
        """The labelled segments in the order of time: ``label``, ``begin_s``, ``end_s`` and ``repetition`` (or -1)."""
        from emgctl.recording.segments import spans

        return spans(self)

    def to_mne(self, microvolts_per_count: float | None = None) -> Any:
        """The recording as ``mne.io.RawArray``: channels of type ``emg`` in volts, segments as annotations.

        Args:
            microvolts_per_count: the scale of a signal in counts; without it those channels are of type ``misc``.

        Raises:
            UsageError: a scale was given for a signal in microvolts, or is not positive.
            DeviceError: the extra ``mne`` is not installed.
        """
        from emgctl.recording.mne import to_mne

        return to_mne(self, microvolts_per_count)

    def plot(self, *, start_s: float = 0.0, seconds: float | None = None) -> Plot:
        """Signals, spectrum, strength over time and labels, from ``start_s`` on, for ``seconds`` or to the end.

        Raises:
            UsageError: the recording ends before ``start_s``.
            DeviceError: matplotlib is not installed.
        """
        from emgctl.api.plots import plot

        return plot([self], start_s=start_s, seconds=seconds)

    def __repr__(self) -> str:
        labels = f", labels: {', '.join(self.label_names)}" if self.label_names else ""
        return f"<Recording {self.name}: {self.duration_s:g} s, {self.signal}{labels}>"


@checked
def read(
    data: str | Path,
    *,
    name: str = "*",
    rate_hz: float | None = None,
    unit: str | None = None,
    columns: str | None = None,
    label_column: str | None = None,
    labels_from: str | None = None,
) -> Recording:
    """Read one recording: a file, or the one of several that has this name.

    A file or folder may hold several recordings. ``read`` always gives exactly one and :func:`read_all` always a list.

    Args:
        data: ``PATH`` or ``KIND:PATH`` such as "ninapro:S1_E1.mat"; without a kind the format is detected.
        name: which one, where there are several: a name or a pattern such as "S1*".
        rate_hz: the sampling rate, where files lack it or are wrong.
        unit: of the files' numbers: "uV", "mV", "V" or "count".
        columns: the electrodes among a table's columns, or those of the channels to take, such as "2-9" or "emg*".
        label_column: the column of labels by number or name; "none" for no labels.
        labels_from: "folder" or "file:{label}_*.csv", where names contain the labels.

    Raises:
        FileError: the path does not exist, is of no known format, or its content is wrong.
        UsageError: the kind is not known, no recording has this name, or several have.
    """
    every = read_all(
        data, rate_hz=rate_hz, unit=unit, columns=columns, label_column=label_column, labels_from=labels_from
    )
    found = [one for one in every if fnmatch(one.name, name)]
    if not found:
        raise UsageError(f"{data} has no recording '{name}'{did_you_mean(name, [one.name for one in every])}")
    if len(found) > 1:
        some = ", ".join(one.name for one in found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
        raise UsageError(f"{data} holds {len(found)} recordings ({some}); choose one with name=, or use read_all()")
    return found[0]


@checked
def read_all(
    *data: str | Path,
    exclude: str | Sequence[str] = (),
    rate_hz: float | None = None,
    unit: str | None = None,
    columns: str | None = None,
    label_column: str | None = None,
    labels_from: str | None = None,
    progress: Progress = no_progress,
) -> list[Recording]:
    """Read all recordings of files, folders or data sets, in their order.

    Args:
        data: each is ``PATH`` or ``KIND:PATH``, as for :func:`read`.
        exclude: patterns of names that are left out.
        rate_hz: the sampling rate, where files lack it or are wrong; this and what follows as for :func:`read`.
        unit: of the files' numbers.
        columns: the electrodes.
        label_column: the column of labels.
        labels_from: where names contain the labels.
        progress: called while a large data set is read, with the step's name, how much of it is done and how much
            there is; formats of single files have nothing to report.

    Raises:
        FileError: a path does not exist, is of no known format, or its content is wrong.
        UsageError: a kind is not known, nothing was named, a file is given twice, or nothing is left.
    """
    from emgctl.plugin import Statement
    from emgctl.profile.locations import validated
    from emgctl.recording.datasets import read_dataset
    from emgctl.recording.progress import reporting
    from emgctl.registry import Registry

    if not data:
        raise UsageError("no file or folder is named; read_all() needs at least one")
    patterns = (exclude,) if isinstance(exclude, str) else tuple(exclude)
    options = {"rate_hz": rate_hz, "unit": unit, "columns": columns, "label_column": label_column,
               "labels_from": labels_from}  # fmt: skip
    stated = {key: value for key, value in options.items() if value is not None}
    statement = validated("read_all()", Statement, stated) if stated else None
    registry = Registry()
    every: list[types.Recording] = []
    files: set[Path] = set()
    with reporting(progress):
        for one in data:
            found = read_dataset(str(one), registry, statement)
            _add_files(files, found)
            every += found
    kept = [_with_methods(one) for one in every if not any(fnmatch(one.name, pattern) for pattern in patterns)]
    if not kept:
        raise UsageError(f"exclude {', '.join(patterns)} leaves no recording")
    return kept


def _with_methods(recording: types.Recording) -> Recording:
    return Recording(**{field.name: getattr(recording, field.name) for field in fields(recording)})


def _add_files(files: set[Path], recordings: Sequence[types.Recording]) -> None:
    """Add the files that recordings were read from to those of others.

    Raises:
        UsageError: a file is among them already, by whatever path.
    """
    new = {Path(one.source).resolve(): one.source for one in recordings}
    if twice := files & new.keys():
        raise UsageError(f"{new[min(twice)]} is given twice, so that a test would leak; give it once")
    files.update(new)


def recordings_of(data: Data, progress: Progress = no_progress) -> list[types.Recording]:
    """The recordings that ``data`` is or names.

    Raises:
        UsageError: there is none, a file is given twice, or a recording's parts do not fit each other.
        FileError: a file can't be read.
    """
    from emgctl.recording.consistency import recording_flaws

    if callable(data):
        return list(data())
    found: list[types.Recording] = []
    files: set[Path] = set()
    for one in [data] if isinstance(data, (types.Recording, str, Path)) else data:
        if isinstance(one, types.Recording):
            for flaw in recording_flaws(one):
                raise UsageError(f"recording '{one.name}': {flaw}")
            found.append(one)
            continue
        if not isinstance(one, (str, Path)):
            raise UsageError(f"recordings hold an object of type {type(one).__name__}; give recordings, or their files")
        read = read_all(one, progress=progress)
        _add_files(files, read)
        found += read
    if not found:
        raise UsageError("there is no recording")
    return found
