"""Finds how a person wears the ring from what was shown: the placement under which the population expects it most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.population.belief import Belief, Evidence
from emgctl.inference.population.placement import Placement, placements, ring_size

Values = NDArray[np.float64]
TEMPER = 0.05  # of log likelihoods, as those of hundreds of dimensions are overconfident
LEFT_LOG_ODDS = -3.0  # of a left arm, which fewer people of the population wear it on
STRANGE = 2.0  # of people left out less than 10 % are above, with their electrodes in another order more than 90 %


@dataclass(frozen=True, slots=True)
class RingFit:
    """The likeliest ``placement``, the probability that it is right to one electrode, and how strange the data are.

    ``strangeness`` is the squared distance from what the population expects, per dimension: about 1 for people like
    those of the population; what fits nobody is above ``STRANGE``.
    """

    placement: Placement
    confidence: float
    strangeness: float

    @property
    def fits_nobody(self) -> bool:
        """Whether electrodes are probably off the skin, or the ring is worn as nobody of the population does."""
        return self.strangeness > STRANGE


def find_placement(
    belief: Belief, evidence: Evidence, channels: int, arm: str | None = "right", among: Sequence[Placement] = ()
) -> RingFit:
    """The likeliest way the ring is worn.

    Args:
        belief: about the class means, in the population's electrode order.
        evidence: class averages in the order of the person's electrodes; its noise in the population's.
        channels: electrodes of the ring.
        arm: "right", "left", or None to find it (less certain: a mirrored arm looks much like a turned one).
        among: the placements to choose from instead.
    """
    candidates = list(among) or placements(channels, arm)
    expected, spread = belief.predicted(evidence)
    factor = np.linalg.cholesky(spread)
    turned = np.stack([evidence.means[:, one.feature_order(channels)].ravel() for one in candidates])
    distances = np.square(np.linalg.solve(factor, (turned - expected).T)).sum(axis=0)
    likelihoods = -0.5 * distances
    if arm is None and not among:
        # of the two arms by tempered evidence, as the map from one to the other is only nearly a turn
        sides = np.array([one.mirrored for one in candidates])
        scores = TEMPER * likelihoods + LEFT_LOG_ODDS * sides
    else:
        scores = likelihoods
    best = int(scores.argmax())
    confidence = share_near(candidates, TEMPER * likelihoods, best, channels)
    return RingFit(candidates[best], confidence, float(distances[best] / len(expected)))


def share_near(candidates: Sequence[Placement], scores: Values, best: int, channels: int) -> float:
    """The probability of ``best`` and its neighbors among candidates with these log likelihoods."""
    shares = np.exp(scores - scores.max())
    ring = ring_size(channels)
    apart = [(one.turn - candidates[best].turn) % ring for one in candidates]
    same = [one.mirrored == candidates[best].mirrored for one in candidates]
    near = [side and min(turn, ring - turn) <= 1 for turn, side in zip(apart, same, strict=True)]
    return float(shares[near].sum() / shares.sum())
