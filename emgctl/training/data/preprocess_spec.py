"""The words of ``--preprocess``, and what its steps learn from training data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emgctl.dsp.preprocessing import NOTHING, FilterChain, Preprocessing
from emgctl.dsp.quality import mains
from emgctl.errors import UsageError, did_you_mean
from emgctl.recording.windows import Indices, Windows
from emgctl.training.data.silent_channels import silent_in
from emgctl.types import Samples, Signal

STEPS = ("repair", "bandpass", "notch", "electrodes", "car", "normalise", "rectify", "envelope")
HUM = 0.05  # the mains' share of the power, from which on "notch" takes it out
MARGIN = 1.25  # beyond all but a ten-thousandth of what was seen in training lies a spike
NORMALISE_S = 10.0
ENVELOPE_HZ = 6.0


@dataclass(frozen=True, slots=True)
class PreprocessRequest:
    """What is to be done, before anything is known of the data; ``notch``: of whatever mains frequency is found."""

    fixed: Preprocessing
    repair: bool = False
    notch: bool = False

    @property
    def learns(self) -> bool:
        """True when something has to be found in training data."""
        return self.repair or self.notch or self.fixed.normalise_s is not None


LEAVE_AS_IT_IS = PreprocessRequest(NOTHING)


def parse_preprocessing(text: str) -> PreprocessRequest:
    """Read ``repair,bandpass:20-450,notch[:50],electrodes,car,normalise[:10],rectify,envelope[:6]``, in any order.

    Raises:
        UsageError: an unknown step, with the nearest one, or a value that does not fit.
    """
    given: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        word, _, value = part.strip().partition(":")
        if word not in STEPS:
            raise UsageError(f"unknown step '{word}' of --preprocess{did_you_mean(word, STEPS)}")
        if word in given:
            raise UsageError(f"--preprocess names '{word}' twice")
        given[word] = value
    values: dict[str, object] = {"rectify": "rectify" in given or "envelope" in given}
    values |= {"electrodes": "electrodes" in given, "car": "car" in given}
    if "bandpass" in given:
        low, dash, high = given["bandpass"].partition("-")
        if not dash:
            raise UsageError(f"a band is two frequencies, such as bandpass:20-450 or bandpass:20-, not '{low}'")
        values["bandpass_hz"] = band = (_number("bandpass", low), _number("bandpass", high) if high else None)
        if band[1] is not None and band[0] >= band[1]:
            raise UsageError(f"--preprocess bandpass:{given['bandpass']}: the lower frequency comes first")
    if given.get("notch", "auto") not in ("auto", ""):
        values["notch_hz"] = _number("notch", given["notch"])
    if "normalise" in given:
        values["normalise_s"] = _number("normalise", given["normalise"] or f"{NORMALISE_S}")
    if "envelope" in given:
        values["envelope_hz"] = _number("envelope", given["envelope"] or f"{ENVELOPE_HZ}")
    return PreprocessRequest(
        Preprocessing.model_validate(values), "repair" in given, "notch" in given and "notch_hz" not in values
    )


def grid_steps(rate_hz: float) -> str:
    """What is done to a grid's signal unless the user says otherwise."""
    return f"electrodes,bandpass:20-{'450' if rate_hz > 950 else ''},notch,car"


def learn(request: PreprocessRequest, windows: Samples, signal: Signal) -> Preprocessing:
    """The steps with what they had to find in raw training windows ``(N, W, C)``.

    Raises:
        UsageError: a frequency does not fit the signal's rate.
    """
    found: dict[str, object] = {}
    x = windows.astype(np.float64)
    if request.repair:
        found["limits"] = tuple((MARGIN * np.quantile(np.abs(x), 0.9999, axis=(0, 1))).tolist())
    if request.notch:
        frequency, share = mains(x, signal.rate_hz)
        found["notch_hz"] = frequency if float(np.median(share)) >= HUM else None
    steps = request.fixed.model_copy(update=found)
    if steps.normalise_s is not None:
        linear = steps.model_copy(update={"normalise_s": None, "rectify": False, "envelope_hz": None})
        one_stream = FilterChain(linear, signal).apply(windows.reshape(-1, windows.shape[2]))
        levels = np.sqrt((one_stream.astype(np.float64) ** 2).mean(axis=0))
        steps = steps.model_copy(update={"levels": tuple(levels.tolist())})
    FilterChain(steps, signal)  # says now what does not fit
    return steps


def learn_in(request: PreprocessRequest, windows: Windows, chosen: Indices) -> tuple[Preprocessing, tuple[int, ...]]:
    """The steps with what they had to find in some of the windows, and the channels (from 0) that are silent in these.

    Where the neighbours of bad electrodes fill them in, no channel is silent.

    Raises:
        UsageError: a frequency does not fit the signal's rate.
    """
    fixed = request.fixed
    silent = () if fixed.electrodes or not len(chosen) else silent_in(windows, chosen)
    if fixed.car and silent:
        request = replace(request, fixed=fixed.model_copy(update={"ignored": silent}))
    return (learn(request, windows.take(chosen), windows.signal) if request.learns else request.fixed), silent


def _number(word: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e5:
        raise UsageError(f"--preprocess {word}:{text}: '{text}' is not a positive number")
    return value
