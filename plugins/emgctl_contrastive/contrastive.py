"""Decoder ``contrastive``: trained once on many grasps; decides among those the person chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from emgctl.errors import ModelError, UsageError
from emgctl.inference.gesture_decoder import ArmbandDecoder, ClassifierOptions
from emgctl.inference.model import Model
from emgctl.inference.prototypes import CONTRAST_KEY, PrototypeSet
from emgctl.types import Gesture, Samples
from emgctl_contrastive.grasps import Grasp, added


class ContrastiveOptions(ClassifierOptions):
    """As all classifiers' options, and what is decided among.

    ``select``: grasps by name or number, or contexts; left out, all. Rest is always among them. ``contexts``: sets of
    grasps with a name. ``grasps``: those that are added to the model's.
    """

    select: list[str | int] = Field(default_factory=list)
    contexts: dict[str, Annotated[list[str | int], Field(min_length=1)]] = Field(default_factory=dict)
    grasps: dict[str, Grasp] = Field(default_factory=dict)


class Contrastive(ArmbandDecoder):
    """A trained space of signals and grasps (ONNX); decides among any of the grasps, new ones too, without training."""

    kind = "contrastive"
    Options = ContrastiveOptions

    def _labels(self, model: Model) -> tuple[str, ...]:
        options: ContrastiveOptions = self.options
        classes = PrototypeSet.from_text(model.metadata(CONTRAST_KEY), model.path)
        still = np.zeros((model.card.window, model.card.signal.channels), np.float32)
        if classes.labels != model.card.labels or len(model.embed(still)[0]) != classes.width:
            raise ModelError(model.path, "has classes of another model", remedy="train it anew")
        for name, grasp in options.grasps.items():
            try:
                classes = added(classes, name, grasp, model)
            except UsageError as error:
                raise ModelError(model.path, *_with_remedy(error, f"grasp '{name}'")) from error
        self._classes = classes
        return classes.labels

    def _ready(self) -> None:
        """Check all contexts and select what the profile has."""
        options: ContrastiveOptions = self.options
        self._resting = [place for place, label in enumerate(self._classes.labels) if label == self._rest]
        try:
            for names in options.contexts.values():
                self._selection(names)
            self.select(())
        except UsageError as error:
            raise ModelError(options.model, *_with_remedy(error, "select")) from error

    def classes(self) -> tuple[str, ...]:
        """The names of all grasps and rest, in the order of their numbers."""
        return self._classes.labels

    def selected(self) -> tuple[str, ...]:
        """The names of the grasps it chooses from now, and rest."""
        return self._selected.labels

    def contexts(self) -> Mapping[str, Sequence[str | int]]:
        """The sets of grasps that have a name in the profile."""
        contexts: Mapping[str, Sequence[str | int]] = self.options.contexts
        return contexts

    def resolve(
        self, names: Sequence[str | int], contexts: Mapping[str, Sequence[str | int]] | None = None
    ) -> tuple[str, ...]:
        """The names of the grasps that names, numbers and contexts stand for, each once.

        Raises:
            UsageError: one is unknown, or a context contains itself.
        """
        places = self._classes.indices(names, self.contexts() if contexts is None else contexts)
        return tuple(self._classes.labels[place] for place in places)

    def select(self, names: Sequence[str]) -> None:
        """Choose from these grasps, given by name, number or context, and rest; none: from those in the profile.

        Raises:
            UsageError: a name is unknown, or fewer than two are left to choose from.
        """
        self._selected = self._classes.chosen(self._selection(names or self.options.select))
        self._decisions.among(self._selected.labels)

    def expected_confusion(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Shares of each grasp's held-out windows by prediction ``(k, k)``; NaN for a grasp that was added since."""
        return self._classes.expected(self._classes.indices(names, self.contexts()))

    def suggest(self, count: int, names: Sequence[str | int]) -> tuple[str, ...]:
        """The ``count`` grasps, without rest, that are distinguished best and include ``names``.

        Raises:
            UsageError: a name is unknown, or there are not enough grasps.
        """
        named = [place for place in self._classes.indices(names, self.contexts()) if place not in self._resting]
        others = len(self._classes.labels) - len(self._resting) - len(named)
        if not len(named) <= count <= len(named) + others:
            raise UsageError(f"a set of {count} can't be made from {len(named)} named and {others} other grasps")
        every, wanted = range(len(self._classes.labels)), [*self._resting, *named]
        found = self._classes.suggest(count + len(self._resting), every, wanted)
        return tuple(self._classes.labels[place] for place in found if place not in self._resting)

    def _selection(self, names: Sequence[str | int]) -> list[int]:
        """The numbers of the named grasps after that of rest; none named: of all."""
        if not names:
            return list(range(len(self._classes.labels)))
        named = self._classes.indices(names, self.contexts())
        found = [*self._resting, *(place for place in named if place not in self._resting)]
        if len(found) < 2:
            raise UsageError("a single grasp leaves nothing to decide; name at least two")
        return found

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """Decode one window ``(length, channels)``."""
        if self._adapter is None:
            embedding, intensity = self._model.embed(window)
            probabilities = self._selected.probabilities(embedding)
        else:
            embedding, intensity, features = self._model.embed(window, self._adapter.shift)
            probabilities = self._selected.probabilities(embedding)
            self._adapter.observe(features, float(probabilities.max()))
        return self._decisions.decide(probabilities, float(intensity), window_end_s)

    def prepare(self, window: Samples) -> None:
        """Run the model, and discard what it computes."""
        self._model.embed(window, None if self._adapter is None else self._adapter.shift)


def _with_remedy(error: UsageError, place: str) -> tuple[str, str, str]:
    """Problem, place and remedy of a ModelError for a wrong name in the profile."""
    problem, _, suggestion = str(error).partition("; ")
    return problem, place, suggestion or "correct it in the profile"
