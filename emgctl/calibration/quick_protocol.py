"""What a person is asked to do for a quick calibration, and what of it is taken for which gesture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emgctl.calibration.protocol import Prompt
from emgctl.dsp.runs import runs
from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.model import Holds, PopulationModel, Values
from emgctl.types import Recording, Signal

REACTION_S = 0.6  # after a prompt, until a person does what it says
HOLD_S = 2.0  # of each gesture, after that
CASUAL_S = 10.0
REFRESHING = ("fist", "extension")  # the two that show best how the armband is worn
CASUAL = "casual movement"
HOP_S = 0.025


def quick_script(
    gestures: Sequence[str], rest: str, unwanted: Sequence[str] = (), casual_s: float = 0.0, hold_s: float = HOLD_S
) -> list[Prompt]:
    """Rest, and then every gesture once, without a rest between them.

    Args:
        gestures: what is to be decoded, without rest.
        rest: the label of rest.
        unwanted: movements that are to be ignored, each made once, too.
        casual_s: seconds of casual movement, which is to be ignored; 0 for none.
        hold_s: for how long each is held, beside the reaction to the prompt.
    """
    seconds = REACTION_S + hold_s
    steps = [Prompt(rest, seconds, 1, "arm relaxed"), *(Prompt(one, seconds, 1, "hold it") for one in gestures)]
    steps += [Prompt(one, seconds, 1, "as it should be ignored") for one in unwanted]
    if casual_s:
        steps.append(Prompt(CASUAL, REACTION_S + casual_s, 1, "move as you do in everyday life, no gesture"))
    return steps


def check_ring(population: PopulationModel, signal: Signal) -> None:
    """Make sure that a signal is of a ring that the population knows.

    Raises:
        UsageError: it is not.
    """
    known = population.features
    if (signal.channels, signal.rate_hz) != (known.channels, known.rate_hz):
        raise UsageError(
            f"a quick calibration is for rings of {known.channels} electrodes at {known.rate_hz:g} Hz, such as a Myo; "
            f"this signal has {signal.channels} channels at {signal.rate_hz:g} Hz; calibrate without it"
        )


def holds_of(
    recording: Recording, features: RingFeatures, rest: str, population_rest: str, reaction_s: float = REACTION_S
) -> dict[str, list[Values]]:
    """Features ``(N, F)`` of each hold of a labelled recording, by gesture.

    What is less than ``reaction_s`` after a change of label, as of a prompt, belongs to no gesture.

    Raises:
        EmgctlError: a gesture has no sound signal at all.
    """
    if recording.labels is None:
        raise EmgctlError(f"{recording.source}: has no labels of prompts")
    hop = max(1, round(HOP_S * recording.signal.rate_hz))
    found: dict[str, list[Values]] = {}
    for begin, end in runs(recording.labels):
        if recording.labels[begin] < 0:
            continue
        name = recording.label_names[recording.labels[begin]]
        first = begin + round(reaction_s * recording.signal.rate_hz)
        values, ends = features.of_signal(recording.samples[begin:end], hop)
        sound = np.isfinite(values).all(axis=1) & (ends + begin - features.window >= first)
        held = found.setdefault(population_rest if name == rest else name, [])
        if sound.any():
            held.append(values[sound])
    if missing := sorted(name for name, held in found.items() if not held):
        raise EmgctlError(f"{recording.source}: there is no sound signal of {', '.join(missing)}; calibrate again")
    return found


def halves(holds: Holds, gap: int) -> tuple[dict[str, list[Values]], dict[str, list[Values]]]:
    """The first two thirds of each hold, and what comes ``gap`` windows later, which shares no sample with them."""
    first, later = {}, {}
    for name, held in holds.items():
        cuts = [max(1, 2 * len(one) // 3 - gap) for one in held]
        first[name] = [one[:cut] for one, cut in zip(held, cuts, strict=True)]
        later[name] = [one[cut + gap :] for one, cut in zip(held, cuts, strict=True)]
    return first, later
