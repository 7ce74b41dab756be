"""What was predicted of each tested window, as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices, Windows


@dataclass(frozen=True, slots=True)
class WindowPredictions:
    """The ``tested`` ones of all windows, by number ``(M,)``, and the probabilities of the labels ``(M, L)``."""

    windows: Windows
    tested: Indices
    probabilities: NDArray[np.float32]

    def csv(self) -> str:
        """A line for each window: its recording, begin and end in seconds, label, prediction and probabilities."""
        windows, names = self.windows, self.windows.label_names
        first = windows.start[self.tested] / windows.signal.rate_hz
        last = first + windows.length / windows.signal.rate_hz
        file = io.StringIO()
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["recording", "begin_s", "end_s", "label", "predicted", *(f"p {name}" for name in names)])
        for place, number in enumerate(self.tested):
            shares = self.probabilities[place]
            table.writerow(
                [
                    windows.recordings[windows.recording[number]].name, f"{first[place]:.4f}", f"{last[place]:.4f}",
                    names[windows.labels[number]], names[shares.argmax()], *(f"{share:.4f}" for share in shares),
                ]
            )  # fmt: skip
        return file.getvalue()
