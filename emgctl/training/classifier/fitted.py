"""A fitted network that predicts gestures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emgctl.inference.prototypes import PrototypeSet
from emgctl.recording.windows import Indices, Windows
from emgctl.support.batches import batches
from emgctl.trainer import FittedModel, Predictions

if TYPE_CHECKING:
    from emgctl.training.classifier.modules import GestureNetwork

_BATCH = 4096


@dataclass(frozen=True, kw_only=True)
class Fitted(FittedModel):
    """A network in evaluation mode; ``classes`` are those of a contrastive model, to choose from."""

    classifier: GestureNetwork
    classes: PrototypeSet | None = None

    def predict(self, windows: Windows, chosen: Indices) -> Predictions:
        """The probabilities of the labels, the intensity, and the highest probability as confidence."""
        import torch

        with torch.inference_mode():
            parts = [
                [one.numpy() for one in self.classifier(torch.from_numpy(windows.take(chosen[part])))[:2]]
                for part in batches(len(chosen), _BATCH)
            ]
        probabilities, intensity = (np.concatenate(one) for one in zip(*parts, strict=True))
        return Predictions(probabilities, intensity, probabilities.max(axis=1))
