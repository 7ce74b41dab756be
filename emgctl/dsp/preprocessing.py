"""Processing of the signal before it is split into windows: the same code and state live and offline.

Every step is causal and carries its state between blocks in double precision, so that the result is bit-identical for
all block sizes. Trained parameters of a step (mains frequency, limits, levels) are determined from training data and
stored in the model card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emgctl.dsp.bad_electrodes import BadElectrodeDetector
from emgctl.dsp.runs import true_runs
from emgctl.errors import UsageError, missing_extra
from emgctl.types import Recording, Samples, Signal

if TYPE_CHECKING:
    Values = NDArray[np.float64]

HOLD_S = 0.05  # longer artifacts are clipped at the limit instead of being bridged
NOTCH_QUALITY = 30.0  # quality factor of a notch filter
HARMONICS = 5
Frequency = Annotated[float, Field(gt=0)]


class Preprocessing(BaseModel):
    """The steps, in order; omitted steps are skipped.

    ``limits`` ``(C,)``: samples beyond them (spikes, saturation) are replaced by the last good one. ``bandpass_hz``:
    fourth-order Butterworth, the upper edge may be None. ``notch_hz``: mains, with harmonics. ``electrodes``: bad ones
    of a grid are filled in from their neighbors. ``car``: common average reference, of all channels except those
    that are ``ignored`` (from 0) because they had no signal in training. ``normalise_s``: each channel's
    running RMS over about this many seconds is scaled to its value in training, ``levels`` ``(C,)``. ``rectify``:
    absolute values. ``envelope_hz``: second-order Butterworth low-pass.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    limits: tuple[float, ...] = ()
    bandpass_hz: tuple[Frequency, Frequency | None] | None = None
    notch_hz: Frequency | None = None
    electrodes: bool = False
    car: bool = False
    ignored: tuple[Annotated[int, Field(ge=0)], ...] = ()
    normalise_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    levels: tuple[float, ...] = ()
    rectify: bool = False
    envelope_hz: Frequency | None = None

    @property
    def nothing(self) -> bool:
        """Whether the signal is left unchanged."""
        return self == NOTHING


NOTHING = Preprocessing()


class FilterChain:
    """Applies :class:`Preprocessing` to a stream, block by block.

    Raises:
        UsageError: a frequency is incompatible with the signal's rate.
        DeviceError: scipy is not installed.
    """

    def __init__(self, steps: Preprocessing, signal: Signal) -> None:
        self._steps, rate = steps, signal.rate_hz
        self._hold = round(HOLD_S * rate)
        self._limits, self._levels = np.array(steps.limits), np.array(steps.levels)
        self._averaged = np.setdiff1d(np.arange(signal.channels), steps.ignored)
        if not len(self._averaged):
            raise UsageError("all channels are ignored, which leaves no signal")
        self._linear = _Filter(linear_sections(steps, rate))
        if steps.electrodes and signal.grid is None:
            raise UsageError("detecting bad electrodes requires a grid, and this signal has none")
        self._electrodes = BadElectrodeDetector(signal.grid, rate) if steps.electrodes and signal.grid else None
        self._power = _Filter(power_section(steps, rate))
        self._smooth = _Filter(envelope_sections(steps, rate))
        self.reset()

    def reset(self) -> None:
        """Start over, as after lost samples."""
        self._good: Values | None = None
        self._age: NDArray[np.int64] = np.zeros(0, np.int64)
        for one in (self._linear, self._power, self._smooth):
            one.reset()
        if self._electrodes is not None:
            self._electrodes.reset()

    @property
    def bad_electrodes(self) -> Mapping[int, str]:
        """The problems of channels (from 0) at present, if electrodes are monitored."""
        return {} if self._electrodes is None else self._electrodes.reasons

    def apply(self, samples: Samples) -> Samples:
        """Process the next samples of the stream, ``(T, C)``, all finite; returns as many."""
        if self._steps.nothing or not len(samples):
            return samples
        x = samples.astype(np.float64)
        if len(self._limits):
            x = self._repair(x)
        raw, x = x, self._linear.apply(x, x[0])
        if self._electrodes is not None:
            x = self._electrodes.apply(x, raw)
        if self._steps.car:
            x = x - x[:, self._averaged].mean(axis=1, keepdims=True)
        if self._steps.normalise_s:
            x = x * self._levels / np.sqrt(self._power.apply(x**2, self._levels**2) + 1e-12)
        if self._steps.rectify:
            x = np.abs(x)
        x = self._smooth.apply(x, x[0])
        return x.astype(np.float32)

    def warm_up(self, samples: Samples) -> None:
        """Filter earlier samples again without a trace, to warm the processor's caches for the next ones."""
        x = samples.astype(np.float64)
        for one in (self._linear, self._power, self._smooth):
            one.warm_up(x)

    def _repair(self, x: Values) -> Values:
        """Hold the last good sample over samples beyond the limits; clip what lasts too long."""
        if self._good is None:
            self._good, self._age = np.clip(x[0], -self._limits, self._limits), np.zeros(x.shape[1], np.int64)
        place = np.arange(len(x))[:, None]
        good = np.abs(x) < self._limits
        last = np.maximum.accumulate(np.where(good, place, -1 - self._age), axis=0)  # negative: in an earlier block
        held = np.where(last >= 0, np.take_along_axis(x, np.maximum(last, 0), axis=0), self._good)
        whole = np.where(place - last <= self._hold, held, np.clip(x, -self._limits, self._limits))
        self._good, self._age = held[-1], len(x) - 1 - last[-1]
        return whole


class _Filter:
    """Second-order sections with carried state; None passes everything."""

    def __init__(self, sections: Values | None) -> None:
        self._sections = sections
        self.reset()

    def reset(self) -> None:
        self._state: Values | None = None

    def apply(self, x: Values, start: Values) -> Values:
        """Filter ``x`` ``(T, C)``; a stream starts as if it had always been ``start`` ``(C,)``."""
        if self._sections is None:
            return x
        from scipy.signal import sosfilt, sosfilt_zi

        if self._state is None:
            self._state = sosfilt_zi(self._sections)[:, :, None] * start
        y: Values
        y, self._state = sosfilt(self._sections, x, axis=0, zi=self._state)
        return y

    def warm_up(self, x: Values) -> None:
        """Filter ``x`` ``(T, C)`` without keeping the state."""
        state = self._state
        if state is not None and len(x):
            self.apply(x, x[0])
            self._state = state


def preprocess(recording: Recording, steps: Preprocessing) -> Recording:
    """The recording as processed live by :class:`FilterChain`, which starts over after every non-finite sample."""
    if steps.nothing:
        return recording
    chain, samples = FilterChain(steps, recording.signal), np.full_like(recording.samples, np.nan)
    finite = np.all(np.isfinite(recording.samples), axis=1)
    for begin, end in true_runs(finite):
        chain.reset()
        samples[begin:end] = chain.apply(recording.samples[begin:end])
    return replace(recording, samples=samples)


def linear_sections(steps: Preprocessing, rate: float) -> Values | None:
    """The band-pass and the notches as second-order sections ``(S, 6)``, None without either; ``rate`` is in Hz.

    Raises:
        UsageError: a frequency is incompatible with the rate.
        DeviceError: scipy is not installed.
    """
    parts = []
    if steps.bandpass_hz is not None:
        low, high = steps.bandpass_hz
        if high is not None and high <= low:
            raise UsageError(f"a band from {low:g} to {high:g} Hz is empty")
        parts.append(_design("high", low, rate, 4) if high is None else _design("band", (low, high), rate, 4))
    if steps.notch_hz is not None:
        _below_half(steps.notch_hz, rate)
        try:
            from scipy.signal import iirnotch, tf2sos
        except ImportError as error:
            raise missing_extra("preprocessing", "scipy", "filters") from error
        tones = [steps.notch_hz * number for number in range(1, HARMONICS + 1)]
        parts += [tf2sos(*iirnotch(tone, NOTCH_QUALITY, rate)) for tone in tones if tone < 0.49 * rate]
    return np.concatenate(parts) if parts else None


def power_section(steps: Preprocessing, rate: float) -> Values | None:
    """The running mean of ``normalise_s`` as a section ``(1, 6)``, None without it; ``rate`` is in Hz."""
    if not steps.normalise_s:
        return None
    memory = 1 / (1 + steps.normalise_s * rate)
    return np.array([[memory, 0, 0, 1, memory - 1, 0]])


def envelope_sections(steps: Preprocessing, rate: float) -> Values | None:
    """The envelope's low-pass as sections ``(1, 6)``, None without it; raises as :func:`linear_sections`."""
    return _design("low", steps.envelope_hz, rate, 2) if steps.envelope_hz else None


def _design(kind: str, edge: float | tuple[float, float], rate: float, order: int) -> Values:
    for one in np.atleast_1d(edge):
        _below_half(float(one), rate)
    try:
        from scipy.signal import butter
    except ImportError as error:
        raise missing_extra("preprocessing", "scipy", "filters") from error
    sections: Values = butter(order // 2 if kind == "band" else order, edge, kind, fs=rate, output="sos")
    return sections


def _below_half(frequency: float, rate: float) -> None:
    if not 0 < frequency < rate / 2:
        raise UsageError(f"a filter at {frequency:g} Hz needs a rate above {2 * frequency:g} Hz, not {rate:g}")
