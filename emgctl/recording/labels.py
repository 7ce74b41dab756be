"""Which labels a recording can keep."""

from __future__ import annotations

from pathlib import Path

from emgctl.errors import FileError, quoted

LONGEST_LABEL = 1000  # bytes, of fixed length in the file; those of earlier versions have 64


def check_label(path: Path, label: str) -> None:
    """Refuse a label that a recording could not keep whole: two gestures might become one.

    Raises:
        FileError: it is too long or no text; the path is that of the recording.
    """
    try:
        size = len(label.encode())
    except UnicodeEncodeError as error:
        raise FileError(path, f"the label {label!r} is not text", remedy="choose another name") from error
    if size > LONGEST_LABEL:
        raise FileError(
            path,
            f"the label '{quoted(label, 60)}' is {size} bytes long, and a recording keeps {LONGEST_LABEL}",
            remedy="choose a shorter name",
        )
    if "\0" in label:
        raise FileError(path, f"the label '{quoted(label, 60)}' holds a zero byte", remedy="choose another name")
