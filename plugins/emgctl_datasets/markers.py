"""Dataset ``markers``: finger movements of Ngeo, Dwivedi and Shibata (Kyutech), forearm muscles beside tracked markers.

Tables (.csv) of Trial, Task, the envelopes of eight muscles and the places x, y, z of 23 markers in millimetres, a row
every 5 ms: the envelopes' power ends at 4 Hz then, which is the low-pass that their authors state.

The positions of the markers are not published with the tables. Found in the data: four of them keep their distances to
each other and to the wrist, whatever moves (1 to 4, the knuckles); three times four form chains from each of these
that grow ever more mobile when just that finger is cued to move (5 to 16), as 17, 18, 19 do for the thumb from 21 on,
whose distance to the wrist stays. 23 is the origin, 103 mm from the index finger's knuckle: the wrist. 20 and 22 lie
between wrist and knuckles and are not needed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.handmodel.inverse_kinematics import joint_angles
from emgctl.handmodel.joints import JOINTS
from emgctl.handmodel.kinematics import LANDMARKS
from emgctl.plugin import FileReader
from emgctl.recording.tables.values import LARGEST
from emgctl.support.atomic_write import first_line, read_text
from emgctl.support.free_memory import check_fits
from emgctl.types import PoseTrack, Recording, Signal

RATE_HZ = 200.0
TIMES = 12  # the table's own size: what reading it takes at most
MARKERS = 23
TASKS = ("thumb", "index finger", "middle finger", "ring finger", "little finger", "all fingers", "random movement")
AT = {
    "wrist": 23,
    "thumb_cmc": 21, "thumb_mcp": 17, "thumb_ip": 18, "thumb_tip": 19,
    "index_mcp": 1, "index_pip": 5, "index_dip": 6, "index_tip": 7,
    "middle_mcp": 2, "middle_pip": 8, "middle_dip": 9, "middle_tip": 10,
    "ring_mcp": 3, "ring_pip": 11, "ring_dip": 12, "ring_tip": 13,
    "pinky_mcp": 4, "pinky_pip": 14, "pinky_dip": 15, "pinky_tip": 16,
}  # fmt: skip
"""The number of the marker at each landmark."""

_HEAD = re.compile(r"Trial,Task,(.*,)?Marker_1_x,")
_PLACES = tuple(f"Marker_{number}_{axis}" for number in range(1, MARKERS + 1) for axis in "xyz")


class Markers(FileReader):
    """Kyutech's finger movements (.csv): eight muscles' envelopes at 200 Hz with the places of 23 markers."""

    kind = "markers"

    pattern = re.compile(r"(?s).+\.csv")
    expected = "tables (.csv) with columns Trial, Task, ..., Marker_1_x, ..."
    levels = 2

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The tables whose first columns are Trial and Task and which have markers; a folder may hold others."""
        return [file for file in super().files(path) if _HEAD.match(first_line(file))]

    @classmethod
    def read_file(cls, file: Path) -> Sequence[Recording]:
        """A recording for each trial of each task: its repetition is the trial, its label the task.

        The pose is the joint angles that fit the markers (:mod:`emgctl.handmodel.inverse_kinematics`), NaN where a
        marker was not seen: an empty cell, NaN, or exactly 0, 0, 0. Markers lie on the skin, so that angles have an
        offset each; the thumb's are those of emgctl's hand.

        Raises:
            FileError: it holds something else than numbers.
        """
        return _recordings(file)


def _recordings(path: Path) -> list[Recording]:
    names, values = _table(path)
    muscles = names[2 : -len(_PLACES)]
    trial, task = (_whole(path, names[column], values[:, column]) for column in (0, 1))
    emg = values[:, 2 : 2 + len(muscles)]
    if not (np.abs(emg) <= LARGEST).all():  # NaN is not, either
        row = int(np.argmin((np.abs(emg) <= LARGEST).all(axis=1)))
        raise FormatError(path, "a muscle's envelope is missing or no finite number", f"line {row + 2}")
    if task.min() < 1 or task.max() > len(TASKS):
        raise FormatError(path, f"has task {task.max()}, but there are {len(TASKS)}", "column Task")
    places = values[:, -len(_PLACES) :].reshape(-1, MARKERS, 3)
    places[(places == 0).all(axis=2)] = np.nan
    angles = joint_angles(places[:, [AT[name] - 1 for name in LANDMARKS]]).astype(np.float32)
    breaks = np.flatnonzero((np.diff(trial) != 0) | (np.diff(task) != 0)) + 1
    return [
        Recording(
            f"{path.name}, trial {trial[first]}, task {task[first]}",
            Signal(len(muscles), RATE_HZ, "count", names=muscles),
            emg[first:last].astype(np.float32),
            str(path),
            np.full(last - first, task[first] - 1, np.int16),
            TASKS,
            trial[first:last],
            pose=PoseTrack(JOINTS, angles[first:last], "rad"),
        )
        for first, last in zip([0, *breaks], [*breaks, len(values)], strict=True)
    ]


def _table(path: Path) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The columns' names and the numbers, NaN for an empty cell."""
    check_fits(path, TIMES * path.stat().st_size)
    head, _, rest = read_text(path).partition("\n")
    names = tuple(name.strip() for name in head.split(","))
    if names[-len(_PLACES) :] != _PLACES:
        raise FormatError(path, f"should end with the columns {_PLACES[0]} to {_PLACES[-1]}", "line 1")
    filled = re.sub(r"(?<=,)(?=[,\r\n]|\Z)", "nan", rest)
    try:
        values = np.loadtxt(io.StringIO(filled), np.float64, delimiter=",", ndmin=2)
    except ValueError as error:
        raise FormatError(path, f"is not a table of numbers: {error}", "below line 1") from error
    if not len(values) or values.shape[1] != len(names):
        raise FormatError(path, f"should have rows of {len(names)} numbers, not {values.shape}")
    return names, values


def _whole(path: Path, name: str, column: NDArray[np.float64]) -> NDArray[np.int16]:
    if not (np.abs(column) < 1000).all() or not np.array_equal(column, np.round(column)):
        raise FormatError(path, "should be whole numbers below 1000", f"column {name}")
    return column.astype(np.int16)
