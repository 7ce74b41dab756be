"""Output ``log``."""

from __future__ import annotations

import json
import time
from io import FileIO
from typing import Any

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, ProfilePath, Session
from emgctl.types import Command, Gesture, Pose


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
        """Open the file; after a failure, go on where it ended."""
        try:
            self._file = FileIO(self.options.path, "a" if self.options.append or self._opened else "w")
        except OSError as error:
            raise DeviceError(f"log {self.options.path}", f"can't be written: {error.strerror}") from error
        self._opened = True

    def send(self, command: Command) -> None:
        """Append a line; it is with the operating system when this returns."""
        assert self._file is not None  # noqa: S101 - the core opens before it sends
        line = _fields(command)
        if self.options.wall_clock:
            line["wall_s"] = round(time.time(), 6)
        self._file.write((json.dumps(line, separators=(",", ":")) + "\n").encode())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _fields(command: Command) -> dict[str, Any]:
    prediction = command.prediction
    fields: dict[str, Any] = {"time_s": round(command.time_s, 6)}
    if isinstance(prediction, Gesture):
        fields |= {
            "gesture": prediction.label,
            "confidence": round(prediction.confidence, 4),
            "intensity": round(prediction.intensity, 4),
            "rejected": prediction.rejected,
            "probabilities": {label: round(value, 4) for label, value in prediction.probabilities.items()},
        }
    elif isinstance(prediction, Pose):
        angles = prediction.angles_rad.tolist()
        fields["pose_rad"] = {name: round(a, 5) for name, a in zip(prediction.joints, angles, strict=True)}
    fields |= {
        "axes": {name: round(value, 4) for name, value in command.axes.items()},
        "buttons": sorted(command.buttons),
        "joints": {name: round(value, 5) for name, value in command.joints.items()},
        "reason": command.reason,
    }
    return fields
