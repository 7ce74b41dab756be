"""Output ``log``."""

from __future__ import annotations

import json
import logging
import math
import time
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, ProfilePath, RunContext
from emgctl.types import Command, Gesture, Pose
from emgctl_log.log_file import NoLogError
from emgctl_log.log_thread import LogThread
from emgctl_log.rotating_log import RotatingLog

log = logging.getLogger(__name__)
_ROOM_BYTES = 400  # a lost log comes back when there is room for a line
_OTHER_KINDS = {
    ".onnx": "a model", ".h5": "a recording", ".hdf5": "a recording", ".xdf": "a recording", ".npz": "a recording",
    ".mat": "a recording", ".yaml": "a profile", ".yml": "a profile", ".py": "a program", ".sh": "a program",
    ".toml": "a program's settings", ".ini": "a program's settings", ".cfg": "a program's settings",
    ".service": "a system's settings", ".desktop": "a system's settings", ".gz": "a compressed file",
}  # fmt: skip


class LogOptions(Options):
    """``path`` of the file, which is overwritten unless ``append``; ``wall_clock`` adds the time of day (UTC seconds).

    A file that has reached ``max_mb`` becomes a compressed part beside it, ``NAME-000001.jsonl.gz`` and so on, of which
    the ``keep`` newest stay. Without ``wall_clock`` the same recording gives the same bytes. A log is a new file or was
    one before; a hidden file, a model, a recording, a profile or anything else is never written to.
    """

    path: Annotated[ProfilePath, Field(examples=["decisions.jsonl"])]
    append: bool = False
    wall_clock: bool = False
    max_mb: Annotated[float, Field(gt=0, le=1000)] = 8.0
    keep: Annotated[int, Field(ge=0, le=100_000)] = 100

    @field_validator("path")
    @classmethod
    def _for_a_log(cls, path: Path, info: ValidationInfo) -> Path:
        folder: Path | None = (info.context or {}).get("folder")
        inside = path.relative_to(folder.resolve()).parts if folder is not None else (path.name,)
        if any(part.startswith(".") for part in inside):
            raise ValueError("a log must not be a hidden file, or in a hidden folder; give it another name")
        kind = _OTHER_KINDS.get(path.suffix.lower())
        if kind is not None:
            raise ValueError(
                f"'{path.suffix}' is the name of {kind}; give the log another one, such as decisions.jsonl"
            )
        return path


class Log(Output):
    """Every decision and command as a line of JSON with its time; a killed run loses its last moment at most."""

    kind = "log"
    Options = LogOptions
    options: LogOptions
    _thread: LogThread[tuple[Command, float]] | None = None
    _opened = _failed = False

    def open(self, context: RunContext) -> None:  # noqa: ARG002 - a log needs nothing of the run
        """Open the file; after a failure, continue where it ended, once there is room again.

        Raises:
            DeviceError: it can't be written, or is a file of another kind, which must not be overwritten.
        """
        self.close()
        wanted = self.options
        try:
            target = RotatingLog(wanted.path, wanted.append or self._opened, round(wanted.max_mb * 1e6), wanted.keep)
            self._opened = True
            try:
                if self._failed:
                    target.try_out(_ROOM_BYTES)
            except OSError:
                target.close()
                raise
        except NoLogError as error:
            raise self._problem(str(error), "give the log another name") from error
        except OSError as error:
            raise self._problem(f"can't be written: {error.strerror}", "correct 'path' in the profile") from error
        self._failed = False
        self._thread = LogThread(target, self._line, f"log {wanted.path.name}")

    def send(self, command: Command) -> None:
        """Append a line, in the log's own thread.

        Raises:
            DeviceError: an earlier line could not be written; the file ends with a whole line.
        """
        if self._thread is None:
            raise self._problem("is not open", "open the output before sending to it")
        try:
            self._thread.put((command, time.time()))
        except OSError as error:
            self._failed = True
            raise self._problem(f"can't be written: {error.strerror}", "make room on the disk") from error

    def close(self) -> None:
        """Write what waits, for a moment at most, and close the file."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            thread.close()
        except OSError as error:
            if not self._failed:  # it is known already
                log.warning("log %s: its last lines can't be written: %s", self.options.path, error.strerror)
                self._failed = True

    def _line(self, item: tuple[Command, float]) -> bytes:
        command, wall_s = item
        fields = _fields(command)
        if self.options.wall_clock:
            fields["wall_s"] = round(wall_s, 6)
        return _encode(fields).encode() + b"\n"

    def _problem(self, problem: str, remedy: str) -> DeviceError:
        return DeviceError(f"log {self.options.path}", problem, remedy)


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _fields(command: Command) -> dict[str, Any]:
    if command.inputs:  # of several inputs, each has decided on its own
        decided: dict[str, Any] = {
            "inputs": {
                name: {"time_s": _rounded(one.time_s, 6)} | _decided(one) | {"reason": one.reason}
                for name, one in command.inputs.items()
            }
        }
    else:
        decided = _decided(command)
    return {
        "time_s": _rounded(command.time_s, 6),
        **decided,
        "axes": _all_rounded(command.axes, 4),
        "buttons": sorted(command.buttons),
        "joints": _all_rounded(command.joints, 5),
        "reason": command.reason,
    }


def _decided(command: Command) -> dict[str, Any]:
    prediction = command.prediction
    if isinstance(prediction, Pose):
        angles_rad = dict(zip(prediction.joints, prediction.angles_rad.tolist(), strict=True))
        return {"pose_rad": _all_rounded(angles_rad, 5)}
    gesture = prediction if isinstance(prediction, Gesture) else None
    return {
        "gesture": gesture.label if gesture else None,
        "confidence": _rounded(gesture.confidence, 4) if gesture else None,
        "intensity": _rounded(gesture.intensity, 4) if gesture else None,
        "rejected": gesture.rejected if gesture else False,
        "probabilities": _all_rounded(gesture.probabilities, 4) if gesture else {},
    }


def _rounded(value: float, digits: int) -> float | None:
    """A number that JSON can hold; null for NaN and infinity."""
    return round(float(value), digits) if math.isfinite(value) else None


def _all_rounded(values: Any, digits: int) -> dict[str, float | None]:
    return {name: _rounded(value, digits) for name, value in values.items()}
