"""The time of messages during a run or a recording."""

from __future__ import annotations

import logging
import os


def show_times() -> None:
    """Have messages carry the time from now on.

    On a terminal, whose reader knows the day, the time of day; in files and pipes, which are read later, the date as
    well. systemd's journal has its own times, and gets none.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            time = _time_format(handler.stream)
            handler.setFormatter(logging.Formatter(f"emgctl: {'%(asctime)s ' if time else ''}%(message)s", time))


def _time_format(stream: object) -> str:
    """How the time is written to a stream; "" for not at all."""
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
        if os.isatty(number):
            return "%H:%M:%S"
        about = os.fstat(number)
    except (AttributeError, OSError, ValueError):  # a text in memory, or none
        return "%Y-%m-%d %H:%M:%S"
    # systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream that goes to the journal
    in_journal = os.environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
    return "" if in_journal else "%Y-%m-%d %H:%M:%S"
