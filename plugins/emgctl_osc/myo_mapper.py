"""Myo Mapper's namespace, understood by programs for the Myo (github.com/balandinodidonato/MyoMapper).

Addresses follow its DataStreaming/OSC.cpp: ``/myo1/emg/raw`` etc., with the armband's number and no slash before it.
Where its source is ambiguous: quaternions are sent as w x y z, angles as yaw pitch roll in degrees.
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
    """Builds messages from samples, motion and poses for the armband with this number."""

    def __init__(self, number: int, channels: int) -> None:
        self._at, self._channels = f"/myo{number}", channels
        self._attitude = Attitude()

    def of_samples(self, block: SampleBlock) -> Iterator[Message]:
        """Messages for each sample, raw and scaled to [-1, 1], and the motion that came with them."""
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
        """Message with the gesture as a word."""
        return f"{self._at}/pose", [label]

    def recentre(self) -> None:
        """Make the arm's present orientation the center."""
        self._attitude.recentre()
