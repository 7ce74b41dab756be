"""The namespace of Myo Mapper, which programs for the Myo understand (github.com/balandinodidonato/MyoMapper).

Addresses are those of its DataStreaming/OSC.cpp: ``/myo1/emg/raw`` and so on, the armband's number without a slash.
What its source does not settle is said here: quaternions go out as w x y z, angles as yaw pitch roll in degrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.mapping.motion import Attitude
from emgctl.types import SampleBlock

Message = tuple[str, list[Any]]
_FULL_COUNTS = 127.0
_FULL_G, _FULL_DEG_PER_S = 16.0, 2000.0


class MyoMapper:
    """Makes messages of samples, motion and poses, for the armband of this number."""

    def __init__(self, number: int, channels: int) -> None:
        self._at, self._channels = f"/myo{number}", channels
        self._attitude = Attitude()

    def of_samples(self, block: SampleBlock) -> Iterator[Message]:
        """Each sample, raw and scaled to [-1, 1], and what moved with them."""
        for sample in block.samples[:, : min(self._channels, 8)]:
            if not np.isfinite(sample).all():
                continue
            scaled = np.clip(sample / _FULL_COUNTS, -1.0, 1.0)
            yield f"{self._at}/emg/raw", sample.tolist()
            yield f"{self._at}/emg/scaled", scaled.tolist()
            yield f"{self._at}/emg/scaled/abs", np.abs(scaled).tolist()
        for row in block.motion if block.motion is not None else ():
            if np.isfinite(row).all():
                yield from self._of_motion(row)

    def _of_motion(self, row: NDArray[np.float32]) -> Iterator[Message]:
        self._attitude.update(row)
        angles = [self._attitude.degrees("yaw") or 0.0, self._attitude.degrees("pitch") or 0.0]
        angles.append(self._attitude.degrees("roll") or 0.0)
        yield f"{self._at}/orientation/quaternion", row[:4].tolist()
        yield f"{self._at}/orientation/raw", angles
        yield f"{self._at}/orientation/scaled", [angle / 360 + 0.5 for angle in angles]
        yield f"{self._at}/acceleration/raw", row[4:7].tolist()
        yield f"{self._at}/acceleration/scaled", (row[4:7] / _FULL_G).tolist()
        yield f"{self._at}/gyro/raw", row[7:10].tolist()
        yield f"{self._at}/gyro/scaled", (row[7:10] / _FULL_DEG_PER_S).tolist()

    def of_pose(self, label: str) -> Message:
        """The gesture, as a word."""
        return f"{self._at}/pose", [label]

    def recentre(self) -> None:
        """Call the arm's present orientation the centre."""
        self._attitude.recentre()
