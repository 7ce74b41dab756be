"""Output ``log``."""

from __future__ import annotations

import errno
import json
import math
import os
import time
from io import FileIO
from pathlib import Path
from typing import Any

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, ProfilePath, Session
from emgctl.types import Command, Gesture, Pose

BEGINNING = b'{"time_s":'  # of every line, by which a log is known


class LogOptions(Options):
    """``path`` of the file, which is begun anew unless ``append``; ``wall_clock`` adds the time of day (UTC seconds).

    Without ``wall_clock`` the same recording gives the same bytes.
    """

    path: ProfilePath
    append: bool = False
    wall_clock: bool = False


class Log(Output):
    """JSON lines of every decision and command, each with its time; a killed run loses none."""

    kind = "log"
    Options = LogOptions
    options: LogOptions
    _file: FileIO | None = None
    _opened = False

    def open(self, session: Session) -> None:  # noqa: ARG002 - a log needs to know nothing
        """Open the file; after a failure, go on where it ended.

        Raises:
            DeviceError: it can't be written, or is a file of another kind, which must not be overwritten.
        """
        path = self.options.path
        append = self.options.append or self._opened
        if not append and _is_something_else(path):
            raise self._problem("is there already and is no log", "give the log another name")
        try:
            self._file = FileIO(path, "a" if append else "w")
        except OSError as error:
            raise self._problem(f"can't be written: {error.strerror}", "correct 'path' in the profile") from error
        self._opened = True

    def send(self, command: Command) -> None:
        """Append a line; it is with the operating system when this returns.

        Raises:
            DeviceError: the line could not be written; the file still ends with a whole line.
        """
        assert self._file is not None  # noqa: S101 - the core opens before it sends
        fields = _fields(command)
        if self.options.wall_clock:
            fields["wall_s"] = round(time.time(), 6)
        line = _encode(fields).encode() + b"\n"
        try:
            written = self._file.write(line)
            if written != len(line):
                self._file.truncate(self._file.tell() - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._problem(f"can't be written: {error.strerror}", "make room on the disk") from error

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _problem(self, problem: str, remedy: str) -> DeviceError:
        return DeviceError(f"log {self.options.path}", problem, remedy)


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _fields(command: Command) -> dict[str, Any]:
    prediction = command.prediction
    fields: dict[str, Any] = {"time_s": _rounded(command.time_s, 6)}
    if isinstance(prediction, Pose):
        angles_rad = dict(zip(prediction.joints, prediction.angles_rad.tolist(), strict=True))
        fields["pose_rad"] = _all_rounded(angles_rad, 5)
    else:
        gesture = prediction if isinstance(prediction, Gesture) else None
        fields |= {
            "gesture": gesture.label if gesture else None,
            "confidence": _rounded(gesture.confidence, 4) if gesture else None,
            "intensity": _rounded(gesture.intensity, 4) if gesture else None,
            "rejected": gesture.rejected if gesture else False,
            "probabilities": _all_rounded(gesture.probabilities, 4) if gesture else {},
        }
    fields |= {
        "axes": _all_rounded(command.axes, 4),
        "buttons": sorted(command.buttons),
        "joints": _all_rounded(command.joints, 5),
        "reason": command.reason,
    }
    return fields


def _rounded(value: float, digits: int) -> float | None:
    """A number that JSON can hold; null for NaN and infinity."""
    return round(float(value), digits) if math.isfinite(value) else None


def _all_rounded(values: Any, digits: int) -> dict[str, float | None]:
    return {name: _rounded(value, digits) for name, value in values.items()}


def _is_something_else(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            beginning = file.read(len(BEGINNING))
    except OSError:
        return False  # opening it for writing will say what is wrong
    return beginning not in (b"", BEGINNING)
