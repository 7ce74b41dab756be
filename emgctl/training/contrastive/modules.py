"""The dual encoder: signal and class in one space, in which matching pairs have the larger inner product.

After CLIP (Radford et al. 2021) and ContrastiveProsthetics; the space has two parts. In the *linear* part the signal's
features are whitened by the covariance within classes, so that the inner product with a class's mean is the score of a
linear discriminant, and a new class only needs a mean: of a few windows, or predicted from its pose. In the *network*
part, a network and one vector per class are trained contrastively.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from emgctl.training.classifier.modules import GestureNetwork

if TYPE_CHECKING:
    from emgctl.training.features.rms_history import WindowFeatures
    from emgctl.training.features.standardize import Standardize

SHRINKAGE = (
    0.1  # of the covariance within classes towards a multiple of the identity; determined from the data across people
)


class Whitening(nn.Module):
    """Whitens features: the covariance within classes becomes the identity, ``(N, F)``."""

    matrix: Tensor
    center: Tensor

    def __init__(self, z: Tensor, y: Tensor, shrinkage: float = SHRINKAGE) -> None:
        super().__init__()
        present = torch.unique(y)
        means = torch.stack([z[y == one].mean(dim=0) for one in present]).double()
        weight = (1 / torch.bincount(y).double().clamp_min(1))[y].sqrt()  # classes have equal weight
        inside = (z.double() - means[torch.searchsorted(present, y)]) * weight[:, None]
        covariance = inside.T @ inside / len(present)
        shrunk = (1 - shrinkage) * covariance
        shrunk = shrunk + shrinkage * covariance.diagonal().mean() * torch.eye(len(shrunk), dtype=shrunk.dtype)
        self.register_buffer("matrix", torch.linalg.cholesky(torch.linalg.inv(shrunk)).float())
        self.register_buffer("center", means.mean(dim=0).float())

    def forward(self, z: Tensor) -> Tensor:
        """Whiten the features."""
        return (z - self.center) @ self.matrix


def linear_scores(white: Tensor, means: Tensor) -> Tensor:
    """The score of each class's mean ``(K, F)`` for whitened features ``(N, F)``, up to a constant: ``(N, K)``."""
    return white @ means.T - 0.5 * means.square().sum(dim=1)


class SharedDropout(nn.Module):
    """Dropout whose mask is drawn for the whole batch in every process, which then uses its share of it.

    Several processes thus drop the same values as a single one. ``share`` is (rank, processes, sets of this process).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p, self.share = p, (0, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Drop values in training and rescale the others to compensate."""
        if not self.training or not self.p:
            return x
        rank, processes, sets = self.share
        whole = torch.rand(sets * processes, len(x) // sets, x.shape[1], device=x.device)
        return x * (whole[rank::processes].flatten(0, 1) >= self.p) / (1 - self.p)


class SignalEncoder(nn.Module):
    """Features ``(N, F)`` to unit vectors ``(N, d)``."""

    def __init__(self, features: int, space: int, hidden: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [nn.Linear(features, width), nn.ReLU(), SharedDropout(dropout)]
            features = width
        self.layers = nn.Sequential(*layers, nn.Linear(features, space))

    def forward(self, features: Tensor) -> Tensor:
        """Encode features as unit vectors."""
        vectors: Tensor = nn.functional.normalize(self.layers(features), dim=1)
        return vectors


class PrototypeHead(nn.Module):
    """A signal encoder and one trained vector per class; logits are inner products of unit vectors times a temperature.

    ``largest`` limits the factor of the products; 0: no limit, as in the published code.
    """

    def __init__(self, encoder: nn.Module, classes: int, space: int, largest: float = 30.0) -> None:
        super().__init__()
        self.encoder, self.largest = encoder, largest
        self.vectors = nn.Parameter(torch.randn(classes, space))
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    @property
    def scale(self) -> Tensor:
        """The factor of the inner products."""
        return self.log_scale.exp().clamp(1.0, self.largest) if self.largest else torch.ones(())

    def classes(self) -> Tensor:
        """The classes' unit vectors, ``(K, d)``."""
        return nn.functional.normalize(self.vectors, dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits ``(N, K)`` of signals for all classes."""
        logits: Tensor = self.encoder(features) @ self.classes().T * self.scale
        return logits


class DualEncoder(GestureNetwork):
    """The whole model: raw windows in; probabilities of all classes, intensity, features and embedding out.

    ``scales`` are the factors of the products of the linear part and of the network part.
    """

    vectors: Tensor
    means: Tensor
    scales: Tensor

    def __init__(
        self,
        features: WindowFeatures,
        standardize: Standardize,
        whitening: Whitening,
        means: Tensor,
        pair: PrototypeHead,
        intensity: nn.Module,
        scales: tuple[float, float],
    ) -> None:
        super().__init__()
        self.features, self.standardize, self.whitening = features, standardize, whitening
        self.encoder, self.intensity, self.memory = pair.encoder, intensity, features.memory
        self.register_buffer("means", means)
        self.register_buffer("vectors", pair.classes().detach().clone())
        self.register_buffer("scales", torch.tensor(scales))

    def forward(
        self, windows: Tensor, shift: Tensor | None = None, gain: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Probabilities ``(N, K)``, intensity ``(N,)``, standardized features ``(N, F)``, embedding ``(N, E)``.

        ``shift`` and ``gain``, ``(F,)``, are the change of the features since training.
        """
        windows = self._without_ignored(windows)
        features = self.standardize(self.features(windows))
        changed = features if shift is None or gain is None else (features - shift) * gain
        white = self.whitening(changed[:, self.features.linear])
        unit = self.encoder(changed[:, self.features.network])
        logits = self.scales[0] * linear_scores(white, self.means) + self.scales[1] * (unit @ self.vectors.T)
        newest = windows[:, self.memory :]
        return torch.softmax(logits, dim=1), self.intensity(newest), features, torch.cat((white, unit), dim=1)
