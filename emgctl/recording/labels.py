"""Which labels a recording can keep, and which a model can have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emgctl.errors import FileError, UsageError, quoted
from emgctl.inference.model_card import LONGEST_NAME

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


def check_gestures(names: Iterable[str]) -> None:
    """Refuse names of gestures that a model's card can't keep, or that can't be read on a screen and in a profile.

    Raises:
        UsageError: a name is empty, too long, or holds a line break or another character that is not printed.
    """
    for name in names:
        if not name.strip():
            raise UsageError("a label has no name; give it one, such as 'rest', or leave its samples unlabelled (-1)")
        if len(name) > LONGEST_NAME:
            raise UsageError(
                f"the label '{quoted(name, 60)}' has {len(name)} characters, and a model keeps {LONGEST_NAME}; "
                "choose a shorter name"
            )
        if not name.isprintable():
            raise UsageError(
                f"the label '{quoted(name, 60)}' holds a line break or another character that is not printed; "
                "choose another name"
            )
