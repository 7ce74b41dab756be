"""What is known about a person who has shown nothing yet: how people's gestures differ, from a population."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.population.belief import Belief, Evidence
from emgctl.inference.population.card import PopulationCard
from emgctl.inference.population.features import RingFeatures

Values = NDArray[np.float64]
OWN_SPREAD = 4.0  # variance of an own gesture's mean, as a multiple of a known one's: begins at the own data


@dataclass(frozen=True, slots=True)
class Prior:
    """Class means of people and how they vary, for the ``labels`` (L), of which the first is rest.

    ``mean`` ``(L, F)``. ``spread`` ``(L F, L F)``: of the class means of a person in a session. ``session``, the same
    shape: between sessions of one person. ``between`` ``(F, F)``: of a repetition's mean around the class mean.
    ``within`` ``(F, F)``: of a window around its repetition's mean.
    """

    labels: tuple[str, ...]
    features: RingFeatures
    mean: Values
    spread: Values
    session: Values
    between: Values
    within: Values
    card: PopulationCard

    @property
    def belief(self) -> Belief:
        """About a person who has shown nothing."""
        return Belief(self.mean, self.spread)

    def evidence(
        self, features: Values, classes: NDArray[np.int64], repetitions: NDArray[np.int64], correlated: float
    ) -> Evidence:
        """The averages of labelled windows and how uncertain they are.

        Args:
            features: ``(N, F)``, in the population's electrode order.
            classes: ``(N,)``, indices into the labels.
            repetitions: ``(N,)``, the repetition each window belongs to.
            correlated: windows that count as one, as they overlap and a muscle's state lasts.
        """
        shown = np.unique(classes)
        means = np.stack([features[classes == one].mean(axis=0) for one in shown])
        counts = np.array([(classes == one).sum() for one in shown]) / correlated
        held = np.array([len(np.unique(repetitions[classes == one])) for one in shown])
        noise = self.between / held[:, None, None] + self.within / counts[:, None, None]
        return Evidence(shown, means, noise)

    def extended(self, names: tuple[str, ...]) -> Prior:
        """With own gestures of a person, about which the population says next to nothing."""
        if not names:
            return self
        width, old, new = self.mean.shape[1], len(self.labels), len(self.labels) + len(names)
        block = OWN_SPREAD * self.belief.class_covariances()[1:].mean(axis=0)
        mean = np.concatenate([self.mean, np.repeat(self.mean[1:].mean(axis=0, keepdims=True), len(names), axis=0)])

        def enlarged(matrix: Values, own: Values) -> Values:
            full: Values = np.asarray(np.kron(np.eye(new), own), np.float64)
            full[: old * width, : old * width] = matrix
            return full

        share = np.trace(self.session) / np.trace(self.spread)
        return replace(
            self,
            labels=self.labels + names,
            mean=mean,
            spread=enlarged(self.spread, block),
            session=enlarged(self.session, share * block / OWN_SPREAD),
        )
