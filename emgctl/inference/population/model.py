"""The population model: from what a new person shows to a personal model, in milliseconds and without training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.population.belief import Evidence
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.placement import Placement
from emgctl.inference.population.prior import Prior
from emgctl.inference.population.prior_file import SHIPPED, load_prior
from emgctl.inference.population.ring_search import RingFit, find_placement
from emgctl.inference.population.unlabelled import best_explanation

Values = NDArray[np.float64]
Holds = Mapping[str, Sequence[Values]]
"""Features ``(N, F)`` of each repetition of each gesture, windows ``hop_s`` apart, in the order of the electrodes."""
CORRELATED_S = 0.25  # of signal that counts as one independent observation


@dataclass(frozen=True, slots=True)
class PopulationModel:
    """Fits new people; ``hop_s`` is the time between the windows of which it is given features."""

    prior: Prior
    hop_s: float = 0.025

    @classmethod
    def load(cls, path: Path = SHIPPED, hop_s: float = 0.025) -> Self:
        """The population of a file, by default the one that comes with emgctl: Myo armbands, eight labels.

        Raises:
            ModelError: the file is damaged or no population.
            FileError: it can't be read.
        """
        return cls(load_prior(path), hop_s)

    @property
    def features(self) -> RingFeatures:
        """What turns windows into features."""
        return self.prior.features

    def preview(self, placement: Placement | None = None) -> PersonalModel:
        """The model of a person who has shown nothing: the population's mean."""
        ring = RingFit(placement or Placement(), 0.0, 0.0)
        return PersonalModel(self.prior, ring, self.prior.belief, np.zeros_like(self.prior.within), 0.0, ())

    def fit(self, holds: Holds, arm: str | None = "right", placement: Placement | None = None) -> PersonalModel:
        """A new person's model from labelled holds.

        Args:
            holds: at least one gesture; names that are no labels of the population are the person's own gestures.
            arm: "right", "left", or None to find it too.
            placement: how the ring is worn, if that is known.

        Raises:
            UsageError: there are no windows, or they are of another ring.
        """
        own = tuple(name for name in holds if name not in self.prior.labels)
        start = replace(self.preview(placement), prior=(prior := self.prior.extended(own)), belief=prior.belief)
        return self._updated(start, holds, arm, [placement] if placement else [])

    def refresh(self, earlier: PersonalModel, holds: Holds, sessions: float = 1.0) -> PersonalModel:
        """An earlier model after the ring was put on again: widened, turned if necessary, and updated.

        Args:
            earlier: of the same person on another day.
            holds: what was shown today, some or all of the gestures.
            sessions: how much less certain the earlier model is now, in units of the usual difference of sessions.

        Raises:
            UsageError: there are no windows, or they are of another ring.
        """
        own = tuple(name for name in holds if name not in earlier.labels)
        before = earlier.widened(sessions)
        if own:
            raise UsageError(f"'{own[0]}' is a new gesture; calibrate with it before refreshing")
        arm = "left" if earlier.ring.placement.mirrored else "right"
        return self._updated(before, holds, arm, [])

    def fit_unlabelled(
        self, features: Values, arm: str | None = "right", start: PersonalModel | None = None
    ) -> PersonalModel:
        """A model from free movement of which nobody knows what it was, ``(N, F)`` in time order.

        Finds how the ring is worn and follows the clusters that look like the population's gestures (expectation
        maximization, bounded by the prior); ``start`` is what is known already, whose placement is kept.

        Raises:
            UsageError: there are too few windows, or they are of another ring.
        """
        self._check(features)
        known = start or self.preview()
        return best_explanation(known, features, self.hop_s, CORRELATED_S, arm if start is None else None)

    def refresh_unlabelled(self, earlier: PersonalModel, features: Values, sessions: float = 1.0) -> PersonalModel:
        """An earlier model after the ring was put on again, from free movement of today ``(N, F)``, without labels.

        As :meth:`refresh` it finds how the ring is worn today.

        Raises:
            UsageError: there are too few windows, or they are of another ring.
        """
        self._check(features)
        arm = "left" if earlier.ring.placement.mirrored else "right"
        return best_explanation(earlier.widened(sessions), features, self.hop_s, CORRELATED_S, arm)

    def _updated(
        self, start: PersonalModel, holds: Holds, arm: str | None, among: Sequence[Placement]
    ) -> PersonalModel:
        prior, channels = start.prior, self.features.channels
        features, classes, repetitions = self._stacked(prior, holds)
        evidence = prior.evidence(features, classes, repetitions, CORRELATED_S / self.hop_s)
        ring = find_placement(start.belief, evidence, channels, arm, among)
        order = ring.placement.feature_order(channels)
        aligned = Evidence(evidence.classes, evidence.means[:, order], evidence.noise)
        features = features[:, order]
        residual = features - aligned.means[np.searchsorted(aligned.classes, classes)]
        scatter = residual.T @ residual / max(1, len(features) - len(aligned.classes))
        own_s, seen_s = len(features) * self.hop_s, start.own_s
        return replace(
            start,
            ring=ring,
            belief=start.belief.updated(aligned),
            scatter=(own_s * scatter + seen_s * start.scatter) / (own_s + seen_s),
            own_s=own_s + seen_s,
            shown=tuple(dict.fromkeys((*start.shown, *(prior.labels[one] for one in aligned.classes)))),
        )

    def _stacked(self, prior: Prior, holds: Holds) -> tuple[Values, NDArray[np.int64], NDArray[np.int64]]:
        parts, classes, repetitions = [], [], []
        for name, held in holds.items():
            for repetition in held:
                self._check(repetition)
                parts.append(np.asarray(repetition, np.float64))
                classes += [prior.labels.index(name)] * len(repetition)
                repetitions += [len(parts)] * len(repetition)
        if not classes:
            raise UsageError("there are no windows to fit a person's model to")
        return np.concatenate(parts), np.array(classes), np.array(repetitions)

    def _check(self, features: Values) -> None:
        if features.ndim != 2 or features.shape[1] != self.features.count:
            raise UsageError(
                f"features of shape {features.shape} are not of a ring of {self.features.channels} electrodes, "
                f"(windows, {self.features.count})"
            )
        if not np.isfinite(features).all():
            raise UsageError("features contain NaN or infinity; leave out windows with lost samples")
