"""Where calibrations are kept, so that an earlier one can come back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from emgctl.errors import CalibrationError, EmgctlError, FileError, UsageError
from emgctl.profile.edit import Value, drop_gesture, has_value, set_value
from emgctl.profile.save import ProfileEdit, prepare_edit
from emgctl.support.atomic_write import write_bytes, write_text

CALIBRATION, REFRESH, DROP = "calibration", "refresh", "drop"
QUICK, FULL, SYNC, USE = "quick", "population", "sync", "use"  # of the population's model
WITH_RESTS = (CALIBRATION, REFRESH, FULL)
"""Kinds of calibration whose recording has a rest before each gesture, so that labels can follow the muscles."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One calibration: when, of what, how good, and the names of its files in the history's folder.

    ``kind`` is one of the constants above; a ``DROP`` is a model of what was recorded before, without a gesture, and
    has no recording, a ``USE`` was recorded without prompts.
    ``enter`` is the threshold that was chosen, ``rotation`` by how many electrodes the armband was turned. Of poses,
    ``error_deg`` is how good, and ``delay_s`` how far the person was behind the drawn hand that was recorded.
    Of the population's models, ``arm`` is the one that wears the armband, and ``compensated`` the rotation of the
    profile that the model took over. ``unused`` is why no model is made of it, "" for one that counts.
    """

    made: str
    kind: str
    gestures: tuple[str, ...]
    repetitions: int
    balanced_accuracy: float | None
    sha256: str
    model: str
    recording: str
    enter: float | None = None
    rotation: int = 0
    error_deg: float | None = None
    delay_s: float | None = None
    arm: str = ""
    compensated: int = 0
    unused: str = ""


def again_file(recording: Path) -> Path:
    """Where the repetitions of a calibration are recorded that had to be asked for again."""
    return recording.with_suffix(".again.h5")


def further_file(recording: Path, number: int) -> Path:
    """Where the recordings of one calibration are kept beside its first one, from 1."""
    return recording.with_suffix(f".more{number:03}.h5")


class History:
    """The folder ``NAME.calibration`` beside a profile: recordings, earlier models and ``history.json``."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        self.folder = profile.with_name(f"{profile.stem}.calibration")
        self._file = self.folder / "history.json"

    def entries(self) -> list[Entry]:
        """The calibrations that count, the latest last: none that failed, was stopped or was rolled back.

        Raises:
            FileError: the history is damaged.
        """
        return [entry for entry in self.all_entries() if not entry.unused]

    def all_entries(self) -> list[Entry]:
        """All calibrations of which something was recorded, the latest last.

        Raises:
            FileError: the history is damaged.
        """
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            return [Entry(**row | {"gestures": tuple(row["gestures"])}) for row in rows]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FileError.from_os(self._file, "read", error) from error
        except (ValueError, TypeError, KeyError) as error:
            raise FileError(self._file, f"is damaged: {error}", remedy="move it away, and calibrate anew") from error

    def new_name(self, now: datetime) -> str:
        """A name that no file in the folder has, and makes the folder."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise FileError.from_os(self.folder, "made", error) from error
        stem = now.strftime("%Y-%m-%dT%H-%M-%S")
        taken = sum(path.name.startswith(stem) and path.suffix in (".h5", ".onnx") for path in self.folder.iterdir())
        return f"{stem}.{taken + 1}" if taken else stem

    def files(self, entry: Entry) -> list[Path]:
        """The recordings of a calibration, with what was asked for again."""
        if not entry.recording:
            return []
        file = self.folder / entry.recording
        again = again_file(file)
        return [file, *([again] if again.exists() else []), *sorted(self.folder.glob(f"{file.stem}.more*.h5"))]

    def recordings(self, first: int = 0, kinds: Collection[str] = WITH_RESTS) -> list[tuple[Path, int]]:
        """The recordings of calibrations of these ``kinds`` from the ``first`` one on, with rotation."""
        entries = [entry for entry in self.entries()[first:] if entry.kind in kinds]
        return [(file, entry.rotation) for entry in entries for file in self.files(entry)]

    def dropped(self) -> set[str]:
        """The gestures that were dropped and not calibrated since: earlier recordings have them, the model has not."""
        gone, before = set[str](), set[str]()
        for entry in self.entries():
            now = set(entry.gestures)
            gone = gone | (before - now) if entry.kind == DROP else gone - now
            before = now
        return gone

    def add(
        self,
        entry: Entry,
        model: bytes,
        into: Path,
        dropped: Collection[str] = (),
        values: Mapping[tuple[str, ...], Value] | None = None,
    ) -> None:
        """Keep a calibration and make it the profile's.

        Args:
            entry: what is added to the history.
            model: the content of the model's file.
            into: where the profile looks for it.
            dropped: gestures whose actions the profile loses.
            values: more of the profile that changes with it.

        Raises:
            ProfileError: the profile can't be edited; nothing is written.
            FileError: something can't be written; the profile then still has its earlier model.
        """
        entries, edit = [*self.all_entries(), entry], self._edit_for(entry, dropped, values or {})
        write_bytes(self.folder / entry.model, model)
        self._put(into, model, edit)
        self._write(entries)

    def rollback(self, into: Path) -> Entry:
        """Make the calibration before the latest one the profile's; the latest stays in the history, unused.

        Raises:
            UsageError: there is none before.
            FileError: its model is gone.
        """
        entries = self.entries()
        if len(entries) < 2:
            held = "1 calibration" if entries else "no calibration"
            raise UsageError(f"{self.folder} holds {held}, so there is none to go back to")
        before, latest = entries[-2:]
        path = self.folder / before.model
        try:
            model = path.read_bytes()
        except OSError as error:
            raise FileError.from_os(path, "read", error) from error
        turned: dict[tuple[str, ...], Value] = {("decoder", "rotation"): latest.compensated}
        self._put(into, model, self._edit_for(before, more=turned if latest.compensated else {}))
        rolled_back = replace(latest, unused="rolled back")
        self._write([rolled_back if entry == latest else entry for entry in self.all_entries()])
        return before

    def tidy(self) -> bool:
        """Remove the folder where it is empty; whether nothing is kept."""
        with suppress(OSError):
            self.folder.rmdir()
        return not self.folder.exists()

    @contextmanager
    def noting_failure(self, name: str, kind: str, gestures: Collection[str], repetitions: int) -> Iterator[None]:
        """Keep an entry of a calibration that is stopped or fails, if something of it was recorded."""
        try:
            yield
        except (EmgctlError, KeyboardInterrupt) as error:
            reason = error.reason if isinstance(error, CalibrationError) else str(error).partition("; ")[0] or "stopped"
            with suppress(FileError):  # what happened matters more than that it can't be noted
                self.note_unused(Entry(name, kind, tuple(gestures), repetitions, None, "", "", f"{name}.h5"), reason)
            raise

    def note_unused(self, entry: Entry, reason: str) -> None:
        """Keep an entry of what was recorded, if it was, of which no model is made.

        Raises:
            FileError: the history can't be read or written.
        """
        entries = self.all_entries()
        if (self.folder / entry.recording).exists() and entry.made not in {one.made for one in entries}:
            self._write([*entries, replace(entry, unused=reason)])

    def _put(self, into: Path, model: bytes, edit: ProfileEdit) -> None:
        """Replace the model and edit the profile that has its checksum; where the second fails, undo the first."""
        former = into.read_bytes() if into.exists() else None
        write_bytes(into, model)
        try:
            edit.write()
        except EmgctlError:
            if former is None:
                into.unlink(missing_ok=True)
            else:
                write_bytes(into, former)
            raise

    def _write(self, entries: list[Entry]) -> None:
        write_text(self._file, json.dumps([asdict(entry) for entry in entries], indent=2) + "\n")

    def check_editable(self, has_threshold: bool) -> None:
        """Make sure that a calibration can be put into the profile, before somebody takes the time for one.

        Args:
            has_threshold: the decoder has a threshold that the calibration chooses.

        Raises:
            ProfileError: it can't, with the reason and the line.
        """
        values: dict[tuple[str, ...], Value] = {("decoder", "sha256"): "0" * 64}
        self._edit(values | ({("decoder", "postprocessing", "enter"): 0.5} if has_threshold else {}))

    def change(self, values: Mapping[tuple[str, ...], Value]) -> None:
        """Change values of the profile.

        Raises:
            ProfileError: they can't be changed; the profile stays as it is.
            FileError: the profile can't be read or written.
        """
        self._edit(values).write()

    def _edit_for(
        self, entry: Entry, dropped: Collection[str] = (), more: Mapping[tuple[str, ...], Value] | None = None
    ) -> ProfileEdit:
        """What belongs to a calibration, put into the profile."""
        values: dict[tuple[str, ...], Value] = {**(more or {}), ("decoder", "sha256"): entry.sha256}
        if entry.enter is not None:
            values["decoder", "postprocessing", "enter"] = float(f"{entry.enter:g}")
        return self._edit(values, dropped)

    def _edit(self, values: Mapping[tuple[str, ...], Value], dropped: Collection[str] = ()) -> ProfileEdit:
        """The profile with other values; a checksum is only put where there is one."""

        def change(text: str) -> str:
            for keys, value in values.items():
                if keys[-1] != "sha256" or has_value(text, keys):
                    text = set_value(text, keys, value)
            for gesture in dropped:
                text = drop_gesture(text, gesture)
            return text

        return prepare_edit(self.profile, ("decoder",), change)
