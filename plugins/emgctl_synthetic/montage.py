"""Electrode positions: a ring around the forearm or a grid on it.

Coordinates: an angle around the forearm in degrees (0 the middle of the palm's side, 90 the thumb's side, 180 the back,
270 the little finger's side, of a right arm), and a position along it in millimeters towards the hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emgctl_synthetic.pool import Floats

RADIUS_MM = 42.0
"""Radius of the forearm: 264 mm around."""

RING_ELECTRODE_MM = 20.0  # between the two poles of an armband's electrode
GRID_ELECTRODE_MM = 10.0  # between the electrodes of a grid, and between the two poles of each


@dataclass(frozen=True, slots=True)
class Montage:
    """Electrodes at ``angles_deg`` and ``along_mm``, both ``(C,)``, with poles ``inter_electrode_mm`` apart."""

    angles_deg: Floats
    along_mm: Floats
    inter_electrode_mm: float
    grid: tuple[int, int] | None = None

    @classmethod
    def ring(cls, channels: int, rotation_deg: float = 0.0) -> Montage:
        """A ring of ``channels`` evenly spaced electrodes, the first at 0 degrees, rotated by ``rotation_deg``."""
        angles: Floats = np.arange(channels, dtype=np.float64) * 360 / channels + rotation_deg
        return cls(angles, np.zeros(channels), RING_ELECTRODE_MM)

    @classmethod
    def on_grid(cls, rows: int, columns: int, shift_mm: tuple[float, float] = (0.0, 0.0)) -> Montage:
        """A grid of ``rows`` along the forearm and ``columns`` around it, its middle column over the extensors.

        ``shift_mm`` moves it along and around the forearm. Grids wider than the forearm overlap themselves.
        """
        along = (np.arange(rows) - (rows - 1) / 2) * GRID_ELECTRODE_MM + shift_mm[0]
        around = (np.arange(columns) - (columns - 1) / 2) * GRID_ELECTRODE_MM + shift_mm[1]
        angles = 180.0 + np.degrees(around / RADIUS_MM)
        return cls(np.tile(angles, rows), np.repeat(along, columns), GRID_ELECTRODE_MM, (rows, columns))

    @property
    def channels(self) -> int:
        """The number of electrodes."""
        return len(self.angles_deg)

    def across_mm(self) -> Floats:
        """Electrode positions in the forearm's cross-section, ``(C, 2)``."""
        angles = np.radians(self.angles_deg)
        return RADIUS_MM * np.stack([np.cos(angles), np.sin(angles)], axis=1)
