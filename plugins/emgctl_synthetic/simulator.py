"""From muscle activation to samples: recruitment, spike trains, action potentials at the electrodes, interference."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import changes
from emgctl.types import Samples
from emgctl_synthetic.anatomy import MUSCLES, unit_gains_uv
from emgctl_synthetic.montage import Montage
from emgctl_synthetic.muap import VELOCITY_MM_PER_S, Muaps
from emgctl_synthetic.pool import Floats, MotorPool
from emgctl_synthetic.spikes import SpikeTrains

_CHUNK_S = 0.05  # samples are computed in chunks of this length, however they are read
_WARM_UP_S = 0.4  # simulated before the first sample, so that spike trains are already under way
_SPIKE_GRID_HZ = 1000.0  # spikes are placed on a grid at least this fine
_HIGHEST_HZ = 450.0  # upper cutoff of the amplifier, if the rate allows it
_BAND = 0.46  # otherwise, the upper cutoff as a fraction of the rate
_HALF_WAVE_S = 0.05  # half the duration of a filtered action potential
_CONTROL_STEPS = 5  # number of steps per chunk with constant drive
_DRIVE_NOISE, _DRIVE_NOISE_S = 0.06, 0.3  # fluctuation of the force: size and time constant
_BASELINE_HZ = (0.11, 0.37)  # the slow baseline is a sum of these


@dataclass(frozen=True, slots=True)
class Interference:
    """Interference added to the EMG, in microvolts: white noise and baseline as RMS, mains hum as amplitude."""

    noise_uv: float = 12.0
    baseline_uv: float = 2.0
    mains_uv: float = 0.0
    mains_hz: float = 50.0


class Simulator:
    """Simulated EMG, read in consecutive segments.

    The same arguments give the same samples on the same machine, whatever the block sizes read, because samples are
    computed in chunks of fixed length.
    """

    def __init__(
        self,
        activation: Callable[[Floats], Floats],
        montage: Montage,
        rate_hz: float,
        seed: int,
        person: int = 0,
        interference: Interference | None = None,
    ) -> None:
        """Prepare the simulation.

        Args:
            activation: the muscles' activations ``(T, muscles)`` in [0, 1] at increasing times ``(T,)`` in seconds.
            montage: the electrodes.
            rate_hz: the sampling rate.
            seed: determines spike times and noise.
            person: determines the anatomy.
            interference: what is added to the EMG; by default, the noise of an ordinary amplifier.
        """
        self._activation, self._rate_hz, self._channels = activation, rate_hz, montage.channels
        self._pool = MotorPool.of()
        units = len(MUSCLES) * len(self._pool.sizes)
        self._spike_rng, self._noise_rng = (np.random.default_rng([seed, stream]) for stream in (3, 4))
        self._trains = SpikeTrains(units, self._spike_rng)
        self._fluctuation = self._spike_rng.standard_normal(len(MUSCLES))

        self._chunk = max(1, round(_CHUNK_S * rate_hz))
        self._finer = math.ceil(_SPIKE_GRID_HZ / rate_hz)
        muaps = Muaps.recorded(montage.inter_electrode_mm, min(_BAND * rate_hz, _HIGHEST_HZ))
        self._gains = unit_gains_uv(person, self._pool, montage, muaps).astype(np.float32)
        self._kernels = _kernels(muaps, montage, self._chunk, self._finer, rate_hz)
        history = self._kernels[0][1].shape[1] // self._gains.shape[1]
        self._impulses = np.zeros((history, *self._gains.shape[1:]), np.float32)
        self._lead_s = (history - self._chunk * self._finer) / 2 / (rate_hz * self._finer)
        self._added = _Added(interference or Interference(), montage.channels, self._noise_rng)

        warm_up = math.ceil(_WARM_UP_S * rate_hz / self._chunk)
        self._next = -warm_up * self._chunk
        self._ready = np.empty((0, self._channels), np.float32)
        for _ in range(warm_up):
            self._work_out()

    def read(self, count: int) -> Samples:
        """The next ``count`` samples, ``(count, C)`` in microvolts."""
        parts, have = [self._ready], len(self._ready)
        while have < count:
            parts.append(self._work_out())
            have += self._chunk
        samples = np.concatenate(parts)
        self._ready = samples[count:]
        return samples[:count]

    def _work_out(self) -> Samples:
        """The next chunk, ``(chunk, C)`` in microvolts."""
        start_s, length_s = self._next / self._rate_hz, self._chunk / self._rate_hz
        times_s, units = self._trains.advance(
            self._rates_hz(start_s + self._lead_s, length_s), length_s / _CONTROL_STEPS
        )
        self._place(times_s, units)
        samples = np.empty((self._chunk, self._channels), np.float32)
        for channels, kernel in self._kernels:
            impulses = self._impulses[..., channels]
            samples[:, channels] = kernel @ impulses.reshape(-1, impulses.shape[-1])
        samples += self._added.at(start_s + np.arange(self._chunk) / self._rate_hz)
        self._next += self._chunk
        return samples

    def _rates_hz(self, start_s: float, length_s: float) -> Floats:
        """The units' firing rates, ``(control steps, muscles * units)``."""
        part = (np.arange(_CONTROL_STEPS) + 0.5) / _CONTROL_STEPS
        keep = math.exp(-length_s / _DRIVE_NOISE_S)
        before = self._fluctuation
        self._fluctuation = keep * before + math.sqrt(1 - keep**2) * self._spike_rng.standard_normal(len(MUSCLES))
        fluctuation = before + part[:, None] * (self._fluctuation - before)
        drive = self._activation(start_s + part * length_s) * (1 + _DRIVE_NOISE * fluctuation)
        return self._pool.rates_hz(np.clip(drive, 0.0, 1.0)).reshape(_CONTROL_STEPS, -1)

    def _place(self, times_s: Floats, units: NDArray[np.intp]) -> None:
        """Shift the impulses by a chunk and add those of the new spikes, weighted by shape and channel."""
        fresh = self._chunk * self._finer
        self._impulses[:-fresh] = self._impulses[fresh:]
        self._impulses[-fresh:] = 0
        if not len(units):
            return
        sample = np.minimum((times_s * self._rate_hz * self._finer).astype(np.intp), fresh - 1)
        order = np.lexsort((units, sample))
        sample, units = sample[order], units[order]
        first = np.append(0, changes(sample))
        self._impulses[sample[first] - fresh] = np.add.reduceat(self._gains[units], first, axis=0)


class _Added:
    """The interference: noise, baseline and mains hum."""

    def __init__(self, interference: Interference, channels: int, rng: np.random.Generator) -> None:
        self._interference, self._channels, self._rng = interference, channels, rng
        self._baseline_phase = 2 * np.pi * rng.random((len(_BASELINE_HZ), channels))
        self._mains_phase = 2 * np.pi * rng.random()
        self._mains_gain = rng.uniform(0.6, 1.0, channels)  # electrodes differ in impedance

    def at(self, times_s: Floats) -> Floats:
        """The interference at ``times_s`` ``(T,)``: ``(T, C)`` in microvolts."""
        what = self._interference
        total = what.noise_uv * self._rng.standard_normal((len(times_s), self._channels))
        for hertz, phase in zip(_BASELINE_HZ, self._baseline_phase, strict=True):
            total += what.baseline_uv * np.sin(2 * np.pi * hertz * times_s[:, None] + phase)
        hum = what.mains_uv * np.sin(2 * np.pi * what.mains_hz * times_s + self._mains_phase)
        total += hum[:, None] * self._mains_gain
        return total


def _kernels(
    muaps: Muaps, montage: Montage, chunk: int, finer: int, rate_hz: float
) -> list[tuple[NDArray[np.intp], Samples]]:
    """Matrices that convert impulses to samples: convolution with the waveforms, and decimation.

    An action potential takes time to travel along a fibre, so there is one matrix per electrode position along it.

    Returns:
        The channels, and the matrix ``(chunk, impulses * shapes)``.
    """
    delays_s = montage.along_mm / VELOCITY_MM_PER_S
    half_s = _HALF_WAVE_S + np.abs(delays_s).max()
    half = math.ceil(half_s * rate_hz * finer)
    impulse = np.arange(chunk * finer + 2 * half) - half
    sample = np.arange(chunk) * finer
    kernels = []
    for delay_s in np.unique(delays_s):
        lag_s = (sample[:, None] - impulse) / (rate_hz * finer) - delay_s
        matrix = muaps.sampled(lag_s).reshape(chunk, -1).astype(np.float32)
        kernels.append((np.flatnonzero(delays_s == delay_s), np.ascontiguousarray(matrix)))
    return kernels
