"""Motor-unit action potentials at the skin: waveform and size by the distance between fibre and electrode.

A fibre is a line source in an infinite conductor that carries Rosenfalck's intracellular action potential,
V(z) = 96 z^3 exp(-z) - 90 mV, past a bipolar electrode; muscle conducts several times better along its fibres than
across them (Rosenfalck, "Intra- and extracellular potential fields of active nerve and muscle fibres", Acta Physiol.
Scand. Suppl. 321, 1969). From that follow both laws of volume conduction: with distance the potential falls with a
power of it and becomes wider.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emgctl_synthetic.pool import Floats

VELOCITY_MM_PER_S = 4000.0
"""Conduction velocity of the fibres."""

DISTANCES_MM = np.geomspace(4.0, 90.0, 6)
"""Distances for which waveforms are computed; between them, waveforms are interpolated."""

REFERENCE_MM = 10.0
"""Distance at which a potential has amplitude 1."""

_ANISOTROPY = 4.0  # conductivity along the fibres relative to that across them
_STEP_MM = 0.25
_HALF_LENGTH_MM = 400.0
_MARGIN_MM = 40.0  # near the ends, the convolution covers both of them
_HIGH_PASS_HZ, _HIGH_PASS_ORDER = 18.0, 4
_LOW_PASS_ORDER = 12


def potentials(inter_electrode_mm: float) -> Floats:
    """The potential between the two poles of an electrode as the source passes, ``(len(DISTANCES_MM), positions)``."""
    z = np.arange(-_HALF_LENGTH_MM, _HALF_LENGTH_MM, _STEP_MM)
    ahead = np.clip(z, 0.0, None)
    current = np.gradient(np.gradient(96 * ahead**3 * np.exp(-ahead), _STEP_MM), _STEP_MM)
    apart = round(inter_electrode_mm / 2 / _STEP_MM)
    spread = 1 / np.hypot(z, np.sqrt(_ANISOTROPY) * DISTANCES_MM[:, None])
    spread = np.roll(spread, apart, axis=1) - np.roll(spread, -apart, axis=1)
    wave = np.fft.fftshift(np.fft.irfft(np.fft.rfft(current) * np.fft.rfft(spread), len(z)), axes=1)
    margin = round(_MARGIN_MM / _STEP_MM)
    return wave[:, margin:-margin]


@dataclass(frozen=True, slots=True)
class Muaps:
    """Waveforms by distance: ``shapes`` ``(distances, time)`` of amplitude 1 and their ``gains`` ``(distances,)``."""

    shapes: Floats
    gains: Floats
    step_s: float

    @classmethod
    def recorded(cls, inter_electrode_mm: float, low_pass_hz: float) -> Muaps:
        """Filter as an amplifier with a band of 18 Hz to ``low_pass_hz`` does."""
        wave = potentials(inter_electrode_mm)
        step_s = _STEP_MM / VELOCITY_MM_PER_S
        hertz = np.fft.rfftfreq(wave.shape[1], step_s)
        hertz[0] = 1e-3
        band = 1 / np.sqrt(1 + (_HIGH_PASS_HZ / hertz) ** (2 * _HIGH_PASS_ORDER))
        band /= np.sqrt(1 + (hertz / low_pass_hz) ** (2 * _LOW_PASS_ORDER))
        wave = np.fft.irfft(np.fft.rfft(wave) * band, wave.shape[1])
        gains = np.abs(wave).max(axis=1)
        reference = np.exp(np.interp(np.log(REFERENCE_MM), np.log(DISTANCES_MM), np.log(gains)))
        return cls(wave / gains[:, None], gains / reference, step_s)

    def weights(self, distances_mm: Floats) -> Floats:
        """Share of each shape in a potential at ``distances_mm`` ``(...)``, including its gain: ``(..., shapes)``."""
        place = np.interp(np.log(distances_mm), np.log(DISTANCES_MM), np.arange(len(DISTANCES_MM)))
        gain = np.exp(np.interp(place, np.arange(len(DISTANCES_MM)), np.log(self.gains)))
        share: Floats = np.clip(1 - np.abs(place[..., None] - np.arange(len(DISTANCES_MM))), 0.0, None)
        return share * gain[..., None]

    def sampled(self, times_s: Floats) -> Floats:
        """The shapes at times relative to the passing of the source, ``(..., shapes)``."""
        own = (np.arange(self.shapes.shape[1]) - self.shapes.shape[1] // 2) * self.step_s
        return np.stack([np.interp(times_s, own, shape, left=0.0, right=0.0) for shape in self.shapes], axis=-1)
