"""Recordings written as a BIDS data set of EMG (https://bids-specification.readthedocs.io): BDF+ with its sidecars."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl import __version__
from emgctl.errors import FileError
from emgctl.recording.edf import edf_labels
from emgctl.recording.formats import write_as
from emgctl.recording.segments import spans
from emgctl.support.atomic_write import write_text
from emgctl.types import Recording

VERSION, TASK = "1.11.0", "gestures"
NOT_KNOWN = "n/a"
_README = """# EMG recordings

Converted by emgctl {version} from recordings of other formats. Electrode placement, reference and the participants'
data are not part of those and are given as "n/a"; please add them, and what the participants did, before publishing.
"""
_EVENTS = {
    "trial_type": {"Description": "The gesture, or another label, of the samples from onset on."},
    "repetition": {
        "Description": "The number of the repetition that the samples belong to; n/a if they are not counted."
    },
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a recording goes: the labels of its entities; "" and 0 where it has none."""

    subject: str
    session: str
    run: int

    @property
    def folder(self) -> Path:
        """The folder of its files."""
        parts = [f"sub-{self.subject}", *([f"ses-{self.session}"] if self.session else []), "emg"]
        return Path(*parts)

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        session = f"_ses-{self.session}" if self.session else ""
        return f"sub-{self.subject}{session}_task-{TASK}" + (f"_run-{self.run}" if self.run else "")


def write_bids(recordings: Sequence[Recording], out: Path, progress: Callable[[int, int], None]) -> list[Path]:
    """Write a data set to the folder ``out``, and return the BDF files.

    Raises:
        FileError: the folder has something in it, or can't be written to.
        DeviceError: edfio is not installed.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileError(out, "exists already and is not an empty folder", remedy="name a new folder")
    places, written = _places(recordings), []
    try:
        out.mkdir(parents=True, exist_ok=True)
        about = {
            "Name": out.resolve().name, "BIDSVersion": VERSION, "DatasetType": "raw",
            "GeneratedBy": [{"Name": "emgctl", "Version": __version__}],
        }  # fmt: skip
        _write_json(out / "dataset_description.json", about)
        write_text(out / "README.md", _README.format(version=__version__))
        subjects = list(dict.fromkeys(f"sub-{one.subject}" for one in places))
        _write_table(out / "participants.tsv", ["participant_id"], [[one] for one in subjects])
        _write_json(out / f"task-{TASK}_events.json", _EVENTS)
        for number, (place, recording) in enumerate(zip(places, recordings, strict=True), 1):
            (out / place.folder).mkdir(parents=True, exist_ok=True)
            stem = out / place.folder / place.stem
            path = stem.with_name(f"{place.stem}_emg.bdf")
            write_as("bdf", path, recording)
            _write_sidecars(stem, recording)
            written.append(path)
            progress(number, len(recordings))
    except OSError as error:
        raise FileError.from_os(error.filename or out, "written", error) from error
    return written


def _write_sidecars(stem: Path, recording: Recording) -> None:
    signal = recording.signal
    _write_json(
        stem.with_name(f"{stem.name}_emg.json"),
        {
            "TaskName": TASK,
            "SamplingFrequency": signal.rate_hz,
            "PowerLineFrequency": NOT_KNOWN,
            "SoftwareFilters": NOT_KNOWN,
            "EMGPlacementScheme": "Other",
            "EMGPlacementSchemeDescription": NOT_KNOWN,
            "EMGReference": NOT_KNOWN,
            "EMGGround": NOT_KNOWN,
            "EMGChannelCount": signal.channels,
            "RecordingType": "continuous",
            "RecordingDuration": round(recording.duration_s, 6),
        },
    )
    names = _unique(signal.names) or edf_labels((), signal.channels)
    unit = "uV" if signal.unit == "uV" else "arbitrary"
    _write_table(
        stem.with_name(f"{stem.name}_channels.tsv"), ["name", "type", "units"], [[one, "EMG", unit] for one in names]
    )
    if found := spans(recording):
        rows = [
            [f"{one.begin_s:.7f}", f"{one.end_s - one.begin_s:.7f}", one.label,
             str(one.repetition) if one.repetition >= 0 else NOT_KNOWN]
            for one in found
        ]  # fmt: skip
        _write_table(stem.with_name(f"{stem.name}_events.tsv"), ["onset", "duration", "trial_type", "repetition"], rows)


def _places(recordings: Sequence[Recording]) -> list[_Place]:
    """A place for each recording; runs are counted where several share a subject and session."""
    subjects = _labels([re.sub(r"^sub-", "", one.subject) for one in recordings], "01")
    sessions = _labels([re.sub(r"^ses-", "", one.session) for one in recordings], "")
    pairs = list(zip(subjects, sessions, strict=True))
    total, seen, found = Counter(pairs), Counter[tuple[str, str]](), []
    for subject, session in pairs:
        seen[subject, session] += 1
        found.append(_Place(subject, session, seen[subject, session] if total[subject, session] > 1 else 0))
    return found


def _labels(names: Sequence[str], unnamed: str) -> list[str]:
    """Letters and digits for each name, the same for the same name and others for another one."""
    labels: dict[str, str] = {"": unnamed}
    for name in names:
        if name not in labels:
            plain = re.sub(r"[^A-Za-z0-9]", "", name) or "x"
            taken, number = set(labels.values()), 2
            label = plain
            while label in taken:
                label, number = f"{plain}x{number}", number + 1
            labels[name] = label
    return [labels[name] for name in names]


def _unique(names: Sequence[str]) -> list[str]:
    return [f"{name} ({names[:at].count(name) + 1})" if name in names[:at] else name for at, name in enumerate(names)]


def _write_json(path: Path, content: Any) -> None:
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _write_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table separated by tabs, which no cell may hold."""
    lines = ["\t".join(re.sub(r"[\t\r\n]+", " ", cell) or NOT_KNOWN for cell in row) for row in (names, *rows)]
    write_text(path, "\n".join(lines) + "\n")
