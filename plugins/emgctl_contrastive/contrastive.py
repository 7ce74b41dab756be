"""Decoder ``contrastive``: trained once on many grasps; decides among those the person chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import ModelError, UsageError
from emgctl.inference.gesture_decoder import ClassifierOptions, GestureDecoder
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


class Contrastive(GestureDecoder):
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
        self.classes = classes
        return classes.labels

    def _ready(self) -> None:
        """Check all contexts, and select the profile's choice."""
        options: ContrastiveOptions = self.options
        self._resting = [place for place, label in enumerate(self.classes.labels) if label == self._rest]
        try:
            for names in options.contexts.values():
                self.places(names)
            self.select(())
        except UsageError as error:
            raise ModelError(options.model, *_with_remedy(error, "select")) from error

    def places(self, names: Sequence[str | int]) -> list[int]:
        """The numbers of named grasps, contexts taken apart, and of rest before them; none named: of all.

        Raises:
            UsageError: a name is not known, or fewer than two classes are left to choose from.
        """
        if not names:
            return list(range(len(self.classes.labels)))
        named = self.classes.places(names, self.options.contexts)
        found = [*self._resting, *(place for place in named if place not in self._resting)]
        if len(found) < 2:
            raise UsageError("a single grasp leaves nothing to decide; name at least two")
        return found

    def named(self, names: Sequence[str | int]) -> tuple[str, ...]:
        """The names of grasps that may be given by number; contexts stay what they are.

        Raises:
            UsageError: one is not known.
        """
        contexts = self.options.contexts
        return tuple(
            str(one) if one in contexts else self.classes.labels[self.classes.places([one])[0]] for one in names
        )

    def suggest(self, count: int, names: Sequence[str | int]) -> tuple[str, ...]:
        """The ``count`` grasps besides rest that are easiest to distinguish, including those named.

        Raises:
            UsageError: a name is not known, or there are fewer grasps.
        """
        named = [place for place in self.classes.places(names, self.options.contexts) if place not in self._resting]
        others = len(self.classes.labels) - len(self._resting) - len(named)
        if not len(named) <= count <= len(named) + others:
            raise UsageError(f"a set of {count} can't be made from {len(named)} named and {others} other grasps")
        every, required = range(len(self.classes.labels)), [*self._resting, *named]
        found = self.classes.suggest(count + len(self._resting), every, required)
        return tuple(self.classes.labels[place] for place in found if place not in self._resting)

    def select(self, names: Sequence[str]) -> None:
        """Decide among these grasps, by name, number or context; none: among those the profile names.

        Raises:
            UsageError: a name is not known, or fewer than two are left to choose from.
        """
        self._chosen = self.classes.chosen(self.places(names or self.options.select))
        self._decisions.among(self._chosen.labels)

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is decided among now."""
        return self._chosen.labels

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """Decode one window ``(length, channels)``."""
        if self._adapter is None:
            embedding, intensity = self._model.embed(window)
            probabilities = self._chosen.probabilities(embedding)
        else:
            embedding, intensity, features = self._model.embed(window, self._adapter.shift)
            probabilities = self._chosen.probabilities(embedding)
            self._adapter.observe(features, float(probabilities.max()))
        return self._decisions.decide(probabilities, float(intensity), window_end_s)


def _with_remedy(error: UsageError, place: str) -> tuple[str, str, str]:
    """Problem, place and remedy of a ModelError for a wrong name in the profile."""
    problem, _, suggestion = str(error).partition("; ")
    return problem, place, suggestion or "correct it in the profile"
