"""Dataset ``text``: tables of numbers in text files, as programs of devices and people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader, Statement
from emgctl.plugin.statement import fields_of
from emgctl.recording.progress import track
from emgctl.recording.stating import sidecar, with_fields
from emgctl.recording.tables.lines import sample_lines
from emgctl.types import Recording
from emgctl_files.text_formats import layout_of
from emgctl_files.text_recording import read_text, without_labels

MOST_TRIED = 30  # files of a folder that are looked into to recognize it
FEW_ROWS = 50  # of a table beside the data
BESIDE = re.compile(
    r"(?i)(readme|licen[sc]e|changes|requirements|notes?|participants?|subjects?|sessions|scans|samples|metadata|labels)"
    r"([._-].*)?\.\w+|.*_(events|channels|electrodes|coordsystem|sessions|scans|physio|motion)\.tsv"
)
"""Names of files beside the data, which are read only if they are named themselves."""
FOLDERS = "the names of the folders are taken as labels; --labels-from states others"
MOTION = re.compile(
    r"(?i)(.*[_-])?(imu|acc|accel|accelerometer|gyro|gyroscope|mag|quat|orientation(euler)?)([_-].*)?\.\w+"
)
"""Names of files of motion."""
REST = frozenset((
    "rest", "neutral", "relax", "relaxed", "idle", "stop", "none", "no_motion", "no_movement",
))  # fmt: skip
"""Names of folders of rest."""
GESTURES = frozenset((
    "fist", "open", "close", "closed", "flexion", "extension", "pinch", "point", "grip", "grasp", "hand_open",
    "hand_close", "wrist_flexion", "wrist_extension", "thumbs_up", "ok", "paper", "rock", "scissors", "power",
    "left", "right", "up", "down", "supination", "pronation", "tripod", "spread",
))  # fmt: skip
"""Names of folders that are gestures; if two of them are, or one is rest, all are."""


class Text(FileReader):
    """Tables of numbers (.csv, .txt, .tsv), one sample a line, with time, label and other columns distinguished.

    Separators, decimal commas, comments and lines of names and units are found; known are the files of OpenBCI,
    BrainFlow, MindRove, OpenSignals, Delsys, Biopac, Vicon, Noraxon, LabChart and BioSPPy. Without names, the last of
    nine columns is the label if it holds at most 100 different whole numbers from 0 on. A folder stands for all such
    files in it and in the folders below; a file's folder is its session. Without a rate in the file it is taken to be
    200 Hz, a MYO armband's. What a file lacks can be stated.
    """

    kind = "text"

    pattern = re.compile(r"(?is).+\.(csv|txt|tsv|asc|dat)")
    expected = "tables of numbers (.csv, .txt, .tsv)"
    levels = 2

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The files by their names, without those that stand beside data."""
        found = super().files(path)
        return found if not path.is_dir() else [one for one in found if not BESIDE.fullmatch(one.name)]

    @classmethod
    def detects(cls, path: Path) -> bool:
        """A file by its name, and a folder if one of its files is a table."""
        files = cls.files(path)
        return any(cls.recognizes(file) for file in files[:MOST_TRIED]) if path.is_dir() else bool(files)

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """True when a file begins with a table of numbers."""
        try:
            layout_of(file, sample_lines(file)[0])
        except FileError:
            return False
        return True

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file; the name of a single one may be any."""
        return cls.read_as_stated(path, Statement())

    @classmethod
    def read_as_stated(cls, path: Path, statement: Statement) -> Sequence[Recording]:
        """The same, with what is stated in place of what the files hold, or as a small file beside each states it."""
        if not path.is_dir():
            return [read_text(path, statement)]
        files = cls.files(path)
        motion = [file for file in files if MOTION.fullmatch(file.name)]
        tables, beside = list[Path](), list[Path]()
        for file in files:
            (tables if file not in motion and cls.recognizes(file) else beside).append(file)
        if not tables:
            raise FormatError(path, f"holds no {cls.expected}")
        recordings = [read_text(file, statement.over(sidecar(file))) for file in track("reading", tables)]
        kept = _of_the_data(recordings)
        beside += [Path(one.source) for one in recordings if one not in kept]
        kept = _with_labels(path, kept, statement)
        if beside:
            note = f"left out {len(beside)} files that are no recordings of EMG, such as {beside[0].relative_to(path)}"
            kept[0] = replace(kept[0], notes=(*kept[0].notes, note))
        return kept

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """One text file as a recording."""
        return read_text(file, Statement())


def _of_the_data(recordings: list[Recording]) -> list[Recording]:
    """The recordings without short tables of another layout than most have."""
    usual = Counter(one.signal.names or one.signal.channels for one in recordings).most_common(1)[0][0]
    like = [(one.signal.names or one.signal.channels) == usual for one in recordings]
    if all(len(one.samples) < FEW_ROWS for one in recordings):
        return recordings
    return [one for one, is_like in zip(recordings, like, strict=True) if is_like or len(one.samples) >= FEW_ROWS]


def _with_labels(path: Path, recordings: list[Recording], statement: Statement) -> list[Recording]:
    """The recordings with the names of their folders as labels, if they have none and the folders are gestures."""
    if statement.labels_from is not None or any(one.labels is not None for one in recordings):
        return recordings
    folders = {Path(one.source).parent for one in recordings}
    names = {re.sub(r"[\s-]+", "_", one.name.casefold()) for one in folders}
    if len(folders) < 2 or path in folders or not (names & REST or len(names & GESTURES) > 1):
        return recordings
    return [_with_folder(one, path.resolve().name) for one in recordings]


def _with_folder(recording: Recording, session: str) -> Recording:
    """A recording with its folder's name as label, which is noted in place of the lack of labels."""
    labelled = with_fields(recording, fields_of(Path(recording.source), "folder"))
    return replace(labelled, session=session, notes=(FOLDERS, *without_labels(recording.notes)))
