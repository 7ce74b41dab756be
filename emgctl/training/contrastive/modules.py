"""The dual encoder: signal and class in one space, where what belongs together has the larger inner product.

After CLIP (Radford et al. 2021) and ContrastiveProsthetics; the space has two parts. In the *linear* part the signal's
features are whitened by the covariance within classes, so that the inner product with a class's mean is the score of a
linear discriminant, and any new class needs no more than a mean: of a few windows, or as its pose foretells it. In the
*network* part a network and one vector a class are learnt contrastively.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from emgctl.training.classifier.modules import GestureNetwork

if TYPE_CHECKING:
    from emgctl.training.features.rms_history import Described
    from emgctl.training.features.standardise import Standardise

SHRINKAGE = 0.1  # of the covariance within classes towards a multiple of the identity; among people it is found


class Whitening(nn.Module):
    """Features without what varies within a class: the covariance there becomes the identity, ``(N, F)``."""

    matrix: Tensor
    centre: Tensor

    def __init__(self, z: Tensor, y: Tensor, shrinkage: float = SHRINKAGE) -> None:
        super().__init__()
        present = torch.unique(y)
        means = torch.stack([z[y == one].mean(dim=0) for one in present]).double()
        weight = (1 / torch.bincount(y).double().clamp_min(1))[y].sqrt()  # classes count the same
        inside = (z.double() - means[torch.searchsorted(present, y)]) * weight[:, None]
        covariance = inside.T @ inside / len(present)
        shrunk = (1 - shrinkage) * covariance
        shrunk = shrunk + shrinkage * covariance.diagonal().mean() * torch.eye(len(shrunk), dtype=shrunk.dtype)
        self.register_buffer("matrix", torch.linalg.cholesky(torch.linalg.inv(shrunk)).float())
        self.register_buffer("centre", means.mean(dim=0).float())

    def forward(self, z: Tensor) -> Tensor:
        """Whitened features."""
        return (z - self.centre) @ self.matrix


def linear_scores(white: Tensor, means: Tensor) -> Tensor:
    """The score of each class's mean ``(K, F)`` for whitened features ``(N, F)``, up to a constant: ``(N, K)``."""
    return white @ means.T - 0.5 * means.square().sum(dim=1)


class SharedDropout(nn.Module):
    """Dropout whose mask is drawn for the whole batch by every process, which then takes its share of it.

    So several processes drop what one would have dropped. ``share`` is (rank, processes, sets of this process).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p, self.share = p, (0, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Drop values in training, and make up for it with the others."""
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
        """Unit vectors."""
        vectors: Tensor = nn.functional.normalize(self.layers(features), dim=1)
        return vectors


class Pair(nn.Module):
    """A signal encoder and one learnt vector a class; logits are inner products of unit vectors times a temperature.

    ``largest`` bounds what the products are multiplied by; 0: not at all, as in the published code.
    """

    def __init__(self, encoder: nn.Module, classes: int, space: int, largest: float = 30.0) -> None:
        super().__init__()
        self.encoder, self.largest = encoder, largest
        self.vectors = nn.Parameter(torch.randn(classes, space))
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    @property
    def scale(self) -> Tensor:
        """What inner products are multiplied by."""
        return self.log_scale.exp().clamp(1.0, self.largest) if self.largest else torch.ones(())

    def classes(self) -> Tensor:
        """The classes' unit vectors, ``(K, d)``."""
        return nn.functional.normalize(self.vectors, dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits ``(N, K)``."""
        logits: Tensor = self.encoder(features) @ self.classes().T * self.scale
        return logits


class DualEncoder(GestureNetwork):
    """The whole model: raw windows in; probabilities of all classes, intensity, features and the embedding out.

    ``scales`` are what the products of the linear part and of the network part are multiplied by.
    """

    vectors: Tensor
    means: Tensor
    scales: Tensor

    def __init__(
        self,
        features: Described,
        standardise: Standardise,
        whitening: Whitening,
        means: Tensor,
        pair: Pair,
        intensity: nn.Module,
        scales: tuple[float, float],
    ) -> None:
        super().__init__()
        self.features, self.standardise, self.whitening = features, standardise, whitening
        self.encoder, self.intensity, self.memory = pair.encoder, intensity, features.memory
        self.register_buffer("means", means)
        self.register_buffer("vectors", pair.classes().detach().clone())
        self.register_buffer("scales", torch.tensor(scales))

    def forward(
        self, windows: Tensor, shift: Tensor | None = None, gain: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Probabilities ``(N, K)``, intensity ``(N,)``, standardised features ``(N, F)``, embedding ``(N, E)``.

        ``shift`` and ``gain``, ``(F,)``, are what has changed in the features since training.
        """
        windows = self._without_ignored(windows)
        features = self.standardise(self.features(windows))
        changed = features if shift is None or gain is None else (features - shift) * gain
        white = self.whitening(changed[:, self.features.linear])
        unit = self.encoder(changed[:, self.features.network])
        logits = self.scales[0] * linear_scores(white, self.means) + self.scales[1] * (unit @ self.vectors.T)
        newest = windows[:, self.memory :]
        return torch.softmax(logits, dim=1), self.intensity(newest), features, torch.cat((white, unit), dim=1)
