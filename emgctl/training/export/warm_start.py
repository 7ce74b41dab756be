"""An earlier model to go on from: its networks' weights are where fine-tuning begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from emgctl.errors import ModelError
from emgctl.inference.model import Model
from emgctl.inference.model_card import ModelCard
from emgctl.types import Signal

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class PretrainedModel:
    """A model file that was read: its card, its bytes, and its weights by name."""

    path: Path
    card: ModelCard
    data: bytes
    weights: dict[str, Tensor]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a classifier.

        Raises:
            ModelError: the file is missing, damaged, or no classifier of emgctl.
        """
        import onnx
        import torch

        model = Model.load(path, kind=("classifier", "grid"))
        data = path.read_bytes()
        parts = onnx.load_from_string(data).graph.initializer
        weights = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in parts}
        return cls(path, model.card, data, weights)

    def mismatch(self, labels: Sequence[str], signal: Signal, window: int) -> str:
        """What of it differs from what is to be trained, "" when it fits."""
        card = self.card
        if card.labels != tuple(labels):
            return f"has the labels {', '.join(card.labels)}, not {', '.join(labels)}"
        if str(card.as_signal()) != str(signal) or card.window != window:
            return f"takes windows of {card.window} samples of {card.as_signal()}, not {window} of {signal}"
        return ""

    def check(self, labels: Sequence[str], signal: Signal, window: int) -> None:
        """Raise ModelError when it cannot be used as a starting point."""
        if found := self.mismatch(labels, signal, window):
            problem = f"cannot be used as a starting point: it {found}"
            raise ModelError(self.path, problem, remedy="train without --start")
