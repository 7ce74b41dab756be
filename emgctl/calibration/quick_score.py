"""How well a person's model decides windows that it has not seen, and whether that is enough to use it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emgctl.calibration.quick_protocol import HOP_S, halves
from emgctl.calibration.verdict import USABLE, has_failed
from emgctl.errors import EmgctlError
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.model import Holds, PopulationModel
from emgctl.inference.population.personal import OTHER, PersonalModel

FORGOTTEN = 0.02  # balanced accuracy that may be lost on earlier data by learning from use


def decides(person: PersonalModel, gestures: Sequence[str]) -> LinearClassifier:
    """Decides among the chosen gestures; all that the population knows beside them is none of them."""
    return person.classifier((person.labels[0], *gestures), OTHER)


def score(person: PersonalModel, holds: Holds, gestures: Sequence[str]) -> tuple[float, list[str]]:
    """Balanced accuracy, and in a few words what was taken for what."""
    classifier = decides(person, gestures)
    shares, taken = [], []
    for place, name in enumerate((person.labels[0], *gestures)):
        decided = classifier.predicted(np.concatenate(holds[name]))
        shares.append(float((decided == place).mean()))
        wrong = decided[decided != place]
        if shares[-1] < USABLE and len(wrong):
            taken.append(f"{name} was taken for {classifier.labels[int(np.bincount(wrong).argmax())]}")
    return float(np.mean(shares)), taken


def new_model_score(
    population: PopulationModel, holds: Holds, gestures: Sequence[str], arm: str, by_repetition: bool = False
) -> float:
    """Balanced accuracy on the last third of each hold, or on the last one, of a model of what came before.

    Raises:
        EmgctlError: it is hardly better than a guess.
    """
    if by_repetition and all(len(held) > 1 for held in holds.values()):
        first: Holds = {name: held[:-1] for name, held in holds.items()}
        later: Holds = {name: held[-1:] for name, held in holds.items()}
    else:
        first, later = halves(holds, _apart(population))
    share, taken = score(population.fit(first, arm=arm), later, gestures)
    if has_failed(share, 1 + len(gestures)):
        raise EmgctlError(
            f"only {100 * share:.0f} % right ({'; '.join(taken[:3])}): the model is not used and nothing else was "
            f"changed; check that every electrode touches the skin, make the gestures more different, and try again"
        )
    return share


def updated_model_score(population: PopulationModel, earlier: PersonalModel, holds: Holds) -> float:
    """Balanced accuracy on the last third of today's holds, of a model that is updated by what came before.

    Raises:
        EmgctlError: the earlier model is better, or the updated one hardly better than a guess.
    """
    gestures = tuple(name for name in holds if name != earlier.labels[0])
    first, later = halves(holds, _apart(population))
    before, _ = score(earlier, later, gestures)
    share, taken = score(population.refresh(earlier, first), later, gestures)
    if share < before or has_failed(share, 1 + len(gestures)):
        what = f" ({'; '.join(taken[:3])})" if taken else ""
        raise EmgctlError(
            f"the updated model is {100 * share:.0f} % right{what}, the one in use {100 * before:.0f} %, which stays; "
            "nothing was changed"
        )
    return share


def check_remembers(earlier: PersonalModel, person: PersonalModel, holds: Holds, gestures: Sequence[str]) -> float:
    """Balanced accuracy on what was calibrated before, after learning from use.

    Raises:
        EmgctlError: it has fallen.
    """
    known = [name for name in gestures if name in holds]
    before, _ = score(earlier, holds, known)
    share, taken = score(person, holds, known)
    if share < before - FORGOTTEN:
        what = f" ({'; '.join(taken[:3])})" if taken else ""
        raise EmgctlError(
            f"after learning from use, the model is {100 * share:.0f} % right on what was calibrated{what}, before "
            f"{100 * before:.0f} %; the one in use stays, and nothing was changed"
        )
    return share


def _apart(population: PopulationModel) -> int:
    """Windows between two that share no sample."""
    return round(population.features.length / population.features.rate_hz / HOP_S)
