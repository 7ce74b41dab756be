"""What a population needs of one session: class means, and how windows and repetitions scatter around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
LEAST_WINDOWS = 20  # of a repetition that counts


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """One person's session, in the order of the person's electrodes.

    ``means`` ``(L, F)``. ``within`` and ``between`` ``(F, F)`` are sums of squares of windows around the mean of
    their repetition, and of repetitions around the mean of their class, with their degrees of freedom.
    ``mirrored``: the ring was on the left arm.
    """

    subject: str
    session: str
    means: Values
    within: Values
    within_count: int
    between: Values
    between_count: int
    mirrored: bool = False


def session_statistics(
    subject: str,
    session: str,
    features: Values,
    classes: NDArray[np.int64],
    repetitions: NDArray[np.int64],
    labels: int,
    mirrored: bool = False,
) -> SessionStatistics | None:
    """The statistics of a session; None if a class has no repetition that is long enough.

    Args:
        subject: the person.
        session: the wearing.
        features: ``(N, F)``.
        classes: ``(N,)``, -1 for windows that are not used.
        repetitions: ``(N,)``.
        labels: the number of classes L.
        mirrored: the ring was on the left arm.
    """
    width = features.shape[1]
    within, between, means = np.zeros((width, width)), np.zeros((width, width)), []
    windows = holds = 0
    for one in range(labels):
        chosen = classes == one
        averages = []
        for repetition in np.unique(repetitions[chosen]):
            held = features[chosen & (repetitions == repetition)]
            if len(held) < LEAST_WINDOWS:
                continue
            averages.append(held.mean(axis=0))
            residual = held - averages[-1]
            within += residual.T @ residual
            windows += len(held) - 1
        if not averages:
            return None
        means.append(np.mean(averages, axis=0))
        residual = np.array(averages) - means[-1]
        between += residual.T @ residual
        holds += len(averages) - 1
    return SessionStatistics(subject, session, np.array(means), within, windows, between, max(1, holds), mirrored)
