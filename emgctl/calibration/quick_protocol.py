"""What a person is asked to do for a quick calibration, and what of it is taken for which gesture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emgctl.calibration.protocol import Prompt
from emgctl.dsp.runs import runs
from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.population.model import Holds, PopulationModel, Values
from emgctl.types import Recording, Samples, Signal

REACTION_S = 0.6  # after a prompt, until a person does what it says
HOLD_S = 2.0  # of each gesture, after that
CASUAL_S = 10.0
REFRESHING = ("fist", "extension")  # the two that show best how the armband is worn
CASUAL = "casual movement"


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


def features_of(samples: Samples, population: PopulationModel) -> tuple[Values, NDArray[np.int64]]:
    """Features ``(N, F)`` of the windows of a ring's signal, but those with lost samples, and where each ends."""
    features = population.features
    return features.of_signal(samples, max(1, round(population.hop_s * features.rate_hz)))


def holds_of(
    recording: Recording, population: PopulationModel, rest: str, reaction_s: float = REACTION_S
) -> dict[str, list[Values]]:
    """Features ``(N, F)`` of each hold of a labelled recording, by gesture.

    What is less than ``reaction_s`` after a change of label, as of a prompt, belongs to no gesture.

    Raises:
        UsageError: the recording is of no ring that the population knows.
        EmgctlError: a gesture has no sound signal at all.
    """
    check_ring(population, recording.signal)
    if recording.labels is None:
        raise EmgctlError(f"{recording.source}: has no labels of prompts")
    reaction = round(reaction_s * recording.signal.rate_hz)
    found: dict[str, list[Values]] = {}
    for begin, end in runs(recording.labels):
        if recording.labels[begin] < 0:
            continue
        name = recording.label_names[recording.labels[begin]]
        values, ends = features_of(recording.samples[begin:end], population)
        chosen = ends - population.features.window >= reaction
        held = found.setdefault(population.prior.labels[0] if name == rest else name, [])
        if chosen.any():
            held.append(values[chosen])
    if missing := sorted(name for name, held in found.items() if not held):
        raise EmgctlError(f"{recording.source}: there is no sound signal of {', '.join(missing)}; calibrate again")
    return found


def joined(parts: Sequence[Mapping[str, list[Values]]]) -> dict[str, list[Values]]:
    """The holds of several recordings of one session."""
    names = dict.fromkeys(name for one in parts for name in one)
    return {name: [held for one in parts for held in one.get(name, [])] for name in names}


def held_out(holds: Holds, population: PopulationModel, by_repetition: bool = False) -> tuple[Holds, Holds]:
    """What to fit, and later windows that share no sample with it, to test: the last hold, or the end of each.

    Raises:
        EmgctlError: a gesture was held too short for that.
    """
    if by_repetition and all(len(held) > 1 for held in holds.values()):
        return {name: held[:-1] for name, held in holds.items()}, {name: held[-1:] for name, held in holds.items()}
    gap = round(population.features.length / population.features.rate_hz / population.hop_s)
    first: dict[str, list[Values]] = {}
    later: dict[str, list[Values]] = {}
    for name, held in holds.items():
        cuts = [max(1, 2 * len(one) // 3 - gap) for one in held]
        first[name] = [one[:cut] for one, cut in zip(held, cuts, strict=True)]
        later[name] = [one[cut + gap :] for one, cut in zip(held, cuts, strict=True)]
        if not any(len(one) for one in later[name]):
            raise EmgctlError(f"{name} was held too short to test the model; nothing was changed; hold it longer")
    return first, later
