"""Writes a trained pose network as an ONNX graph of one step, after verifying it against training."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from emgctl.errors import ModelError
from emgctl.inference.model_card import ModelCard
from emgctl.inference.pose_model import NEXT, OUTPUTS, POSE_STATE, SAMPLES, STATE, PoseModel
from emgctl.support.atomic_write import write_bytes
from emgctl.support.vetting import vouch
from emgctl.training.export.graph_cache import exported
from emgctl.training.export.onnx import folded, quiet, stripped, with_card
from emgctl.training.pose.network import PoseNetwork, VelocityHead
from emgctl.types import Samples

if TYPE_CHECKING:
    from onnx import ModelProto

TOLERANCE = 1e-4  # radians, and shares; rounding errors are far smaller


class _Step(nn.Module):
    """One hop of the network with separate states."""

    def __init__(self, network: PoseNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, samples: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Pose ``(1, J)``, confidence and intensity ``(1,)``, and the next states."""
        poses, confidence, intensity, after = self.network(samples, list(states))
        return (poses[:, 0], confidence[:, 0], intensity[:, 0], *after)


def export_pose(network: PoseNetwork, card: ModelCard, samples: Samples, path: Path) -> None:
    """Write a pose network as ONNX with its card, reproducibly.

    Args:
        network: in evaluation mode.
        card: the file's metadata.
        samples: real samples ``(T, C)`` for which the file must predict the same as the network.
        path: the file to write.

    Raises:
        ModelError: the exported model predicts something else; nothing is written.
        FileError: the file cannot be written.
    """
    data = exported(
        _Step(network.eval()),
        f"pose {card.hop} {card.signal.channels}",
        lambda one: _onnx(one, card),
        lambda model: with_card(folded(model), card),
        lambda data: _verify(data, network, samples, path),
    )
    write_bytes(path, data)
    vouch(path)


def _onnx(step: _Step, card: ModelCard) -> ModelProto:
    network = step.network
    states = list(network.initial(1))
    names = [f"{STATE}_{number}" for number in range(len(states))]
    if isinstance(network.head, VelocityHead) and network.head.tracking:
        names[-2] = POSE_STATE
    with quiet(), torch.inference_mode():
        program = torch.onnx.export(
            step,
            (torch.zeros(1, card.hop, card.signal.channels), *states),
            dynamo=True,
            input_names=[SAMPLES, *names],
            output_names=[*OUTPUTS, *(f"{NEXT}_{number}" for number in range(len(states)))],
            external_data=False,
            optimize=False,  # once it has its weights
            verbose=False,
        )
    return stripped(program)


def _verify(data: bytes, network: PoseNetwork, samples: Samples, path: Path) -> None:
    samples = samples[: len(samples) // network.hop * network.hop]
    with torch.inference_mode():
        expected = network(torch.tensor(samples)[None], network.initial(1))[0][0].numpy()
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        file = Path(folder) / path.name
        write_bytes(file, data)
        vouch(file)
        found = PoseModel.load(file).steps(samples)
    error = float(np.abs(expected - found).max())
    if not error <= TOLERANCE:  # also if it is NaN
        raise ModelError(
            path, f"was not written: the exported model's poses differ by {error:.2g} rad from training",
            remedy="please report this",
        )  # fmt: skip
