"""The formats that recordings can be written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from emgctl.errors import EmgctlError, FileError, UsageError, did_you_mean
from emgctl.recording.edf import write_edf
from emgctl.recording.matlab import write_mat
from emgctl.recording.parquet import write_parquet
from emgctl.support.atomic_write import put_in_place
from emgctl.types import Recording

FORMATS: Mapping[str, Callable[[Path, Recording], None]] = {
    "edf": lambda path, recording: write_edf(path, recording, "edf"),
    "bdf": lambda path, recording: write_edf(path, recording, "bdf"),
    "parquet": write_parquet,
    "mat": write_mat,
}
"""What writes a recording as one file, by the ending of its name; emgctl's own format and BIDS stand beside these."""

UNWRITTEN = {"xdf": "no maintained library writes XDF; convert to edf, bdf or parquet"}


def check_format(name: str) -> None:
    """Refuse a format that is not written.

    Raises:
        UsageError: it is not.
    """
    if name in UNWRITTEN:
        raise UsageError(f"--to {name}: {UNWRITTEN[name]}")
    known = ("h5", "bids", *FORMATS)
    if name not in known:
        raise UsageError(f"--to {name}: this is not a format that is written{did_you_mean(name, known)}")


def write_as(name: str, path: Path, recording: Recording) -> None:
    """Write a recording, completely or not at all.

    Raises:
        FileError: the file exists already, or can't be written.
        DeviceError: the library that writes the format is not installed.
    """
    if path.exists():
        raise FileError(path, "exists already", remedy="choose another name, or remove it first")
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        FORMATS[name](part, recording)
        put_in_place(part, path)
    except FileError as error:
        raise FileError(path, error.problem, error.place, error.remedy) from error
    except EmgctlError:
        raise
    except OSError as error:
        raise FileError.from_os(path, "written", error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def unwritten(recording: Recording) -> list[str]:
    """What a recording has beside its samples and labels, which only emgctl's own format keeps."""
    found = {
        "the hand's pose": recording.pose,
        "the IMU's motion": recording.motion,
        "the measured force": recording.force_n,
        "what outputs' devices reported": recording.telemetry or None,
        "which movements were no gestures": recording.small_movements,
    }
    return [what for what, value in found.items() if value is not None]
