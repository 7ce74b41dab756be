"""How a session is decoded without its labels: as trained, followed, adapted to as a whole, or learned from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.adaptation import Adaptation, Adapter, shift_to
from emgctl.inference.model import FeatureNormalization, Model
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.stored_person import StoredPerson
from emgctl.support.batches import batches
from emgctl.training.evaluation.stream_windows import stream_windows
from emgctl.training.evaluation.windowed import features_of, needs_adaptable
from emgctl.types import Recording, Samples

Adapt = Literal["none", "past", "session", "learn"]
Decoded = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Probabilities ``(N, L)`` and intensity ``(N,)``."""

LEARNING_FROM_S = 30.0  # of use; then at twice that, and so on, so that an hour takes seven rounds
_BATCH = 2048


class Way(ABC):
    """Decodes the windows of one session, recording after recording, in time order."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @abstractmethod
    def decode(self, windows: Samples) -> Decoded:
        """Decode the next windows ``(N, W, C)``, at least one."""


class Shifted(Way):
    """As trained, or with a shift that is the same for the whole session."""

    def __init__(self, model: Model, shift: FeatureNormalization | None = None) -> None:
        super().__init__(model)
        self._shift = shift

    def decode(self, windows: Samples) -> Decoded:
        """All at once."""
        parts = [self.model.run_batch(windows[part], self._shift) for part in batches(len(windows), _BATCH)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


class Followed(Way):
    """The adaptation of a run, which changes with each window."""

    def __init__(self, model: Model, hop_s: float) -> None:
        super().__init__(model)
        self._adapter = Adapter(Adaptation(), model.features, hop_s)

    def decode(self, windows: Samples) -> Decoded:
        """One after the other."""
        probabilities, intensity = [], []
        for window in windows:
            row, level, features = self.model.run_shifted(window, self._adapter.shift)
            self._adapter.observe(features, float(row.max()))
            probabilities.append(row)
            intensity.append(level)
        return np.stack(probabilities), np.stack(intensity)


class Learned(Way):
    """A personal model of the population, which learns from what has passed as ``calibrate --learn-from`` does.

    It learns after half a minute, a minute, two minutes and so on, each time from everything since the session began.
    """

    def __init__(self, model: Model, hop_s: float) -> None:
        super().__init__(model)
        self._stored, self._hop_s = StoredPerson.of(model), hop_s
        self._population = PopulationModel(self._stored.person.prior, hop_s)
        self._classifier = self._stored.classifier(self._stored.person)
        self._passed: list[NDArray[np.float64]] = []
        self._windows, self._next_s = 0, LEARNING_FROM_S

    def decode(self, windows: Samples) -> Decoded:
        """Piece by piece, each as known from the pieces before it."""
        features = self._population.features
        intensity, probabilities, at = Shifted(self.model).decode(windows)[1], [], 0
        while at < len(windows):
            left = max(1, round(self._next_s / self._hop_s) - self._windows)
            piece = windows[at : at + min(left, _BATCH)]
            self._passed.append(features.of_windows(piece))
            probabilities.append(self._classifier.probabilities(self._passed[-1]).astype(np.float32))
            at += len(piece)
            self._windows += len(piece)
            if len(piece) == left:
                self._learn()
        return np.concatenate(probabilities), intensity

    def _learn(self) -> None:
        person = self._population.fit_unlabelled(np.concatenate(self._passed), start=self._stored.person)
        self._classifier = self._stored.classifier(person)
        self._next_s *= 2


def way_of(model: Model, adapt: Adapt, hop: int, session: Sequence[Recording]) -> Way:
    """How a session is decoded.

    Args:
        model: the model.
        adapt: see :class:`Followed` ("past"), :class:`Learned` ("learn"); "session": adapted to all of it beforehand.
        hop: samples from one window to the next.
        session: its recordings.

    Raises:
        ModelError: the model can't be adapted so.
    """
    hop_s = hop / model.card.signal.rate_hz
    if adapt == "none":
        return Shifted(model)
    if adapt == "learn":
        return Learned(model, hop_s)
    needs_adaptable(model)
    if adapt == "past":
        return Followed(model, hop_s)
    return Shifted(
        model, shift_to(np.concatenate([features_of(model, stream_windows(model, one, hop)[1]) for one in session]))
    )
