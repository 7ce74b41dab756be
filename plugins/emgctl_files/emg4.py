"""Dataset ``emg4``: the rows of the Kaggle set kyr7plus/emg-4, turned back into the stream they were cut from.

A row is 8 consecutive readings of 8 sensors at 200 Hz and the gesture: 0 rock, 1 scissors, 2 paper, 3 ok (as the
data's author describes it). Rows follow each other without a break. Each file is six recordings of 20 s one after
the other; their boundaries are not marked, and lie about every 485 rows (the whole files have 2903 to 2943).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import array_room, blocks
from emgctl.recording.table import read_table
from emgctl.support.atomic_write import first_line
from emgctl.types import Recording, Signal

GESTURES = ("rock", "scissors", "paper", "ok")
SENSORS = READINGS = 8
ROWS_OF_A_RECORDING = 485
COLUMNS = SENSORS * READINGS + 1


class Emg4(FileReader):
    """The EMG-4 rows: 8 readings x 8 sensors and a label a line; one file or a folder."""

    kind = "emg4"

    pattern = re.compile(r"(?is).+\.csv")
    expected = ".csv files"

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """By the number of columns of the first line."""
        return first_line(file).count(",") == COLUMNS - 1

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Its repetitions are the separate recordings of 20 s."""
        rows = read_table(file).values
        if rows.shape[1] != COLUMNS:
            raise FormatError(file, f"has {rows.shape[1]} columns, but EMG-4 rows have {COLUMNS}")
        labels = rows[:, -1]
        wrong = np.flatnonzero(~np.isin(labels, range(len(GESTURES))))
        if len(wrong):
            raise FormatError(file, f"'{labels[wrong[0]]:g}' is not a gesture (0 to 3)", f"row {wrong[0] + 1}")
        samples = array_room(file, (READINGS * len(rows), SENSORS), np.float32)
        for part in blocks(*rows.shape):
            samples[READINGS * part.start : READINGS * part.stop] = rows[part, :-1].reshape(-1, SENSORS)
        repetitions = np.arange(len(rows)) // ROWS_OF_A_RECORDING + 1
        return Recording(
            file.name,
            Signal(SENSORS, 200.0, "count"),
            samples,
            str(file),
            np.repeat(labels.astype(np.int16), READINGS),
            GESTURES,
            np.repeat(repetitions.astype(np.int16), READINGS),
        )
