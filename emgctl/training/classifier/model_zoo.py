"""What can be trained: models by name, of which features and heads, and how. Without torch, so ``--help`` is quick."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a network is trained.

    ``patience`` None: a one-cycle rate over all ``epochs``, of which there are more on little and fewer on much data,
    so that ``steps`` (least and most) are taken. Else early stopping on the validation part; ``cosine``: at a rate that
    falls to zero over the epochs.
    """

    hidden: tuple[int, ...]
    rate: float
    batch: int
    epochs: int
    dropout: float = 0.0
    noise: float = 0.0
    smoothing: float = 0.0
    decay: float = 0.0
    patience: int | None = None
    cosine: bool = False
    steps: tuple[int, int] = (0, 10**9)

    def epochs_for(self, batches: int) -> int:
        """The number of epochs when all windows make this many batches."""
        least, most = (limit / batches for limit in self.steps)
        return max(1, math.ceil(min(max(self.epochs, least), most)))


DENSE = Schedule(
    (512, 256, 64), rate=2e-3, batch=128, epochs=50, dropout=0.4, noise=0.2, smoothing=0.05, decay=1e-4,
    steps=(400, 6000),
)  # fmt: skip
# From earlier weights: enough to take up a new wearing, too little to forget the others.
FINE_TUNING = Schedule(
    (), rate=2e-3, batch=128, epochs=10, dropout=0.4, noise=0.2, smoothing=0.05, decay=1e-4, steps=(300, 1500)
)
CONVOLUTIONS = Schedule(
    (64, 64, 64), rate=3e-3, batch=128, epochs=30, dropout=0.2, noise=0.1, smoothing=0.05, decay=1e-3,
    steps=(300, 3000),
)  # fmt: skip
# The baseline published with the EMG-4 data (Cainvas "muscle gesture"): dense 256-64-16, Adam 1e-4, batch 32.
EMG4_MLP = Schedule((256, 64, 16), rate=1e-4, batch=32, epochs=300, patience=5)
# As published with the ICE Lab's data (commit 22b40cb), but the best epoch is that of the validation part.
MOBILENET = Schedule((), rate=3e-4, batch=1000, epochs=5, smoothing=0.1, decay=3e-4, patience=5, cosine=True)
WIDTHS = ("1.0", "0.7", "0.4", "0.2")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a model is made of: the mean of its heads' probabilities, each fitted on the same standardized features.

    ``heads``: "lda" (linear discriminant), "network" (dense), "tcn" (temporal convolutions on the samples) or
    "mobilenetv2" with its width behind it (one sample of a grid as an image); those of
    an ensemble say on which features, "lda:tdpsd". ``features`` is a name of :data:`FEATURES`, "raw" for the samples
    themselves, or "" where each head has its own; the latter two can't be replaced.
    """

    heads: tuple[str, ...]
    features: str = "default"
    schedule: Schedule = DENSE


DEFAULT = "ensemble"
MODELS = {
    DEFAULT: ModelSpec(("lda", "network", "network")),
    "lda-mlp": ModelSpec(("lda:default", "network:hudgins"), ""),
    "mlp": ModelSpec(("network",)),
    "lda": ModelSpec(("lda",)),
    "ensemble-simple": ModelSpec(("lda:default", "network:hudgins", "network:log_rms", "network:tangent"), ""),
    "tcn": ModelSpec(("tcn",), "raw", CONVOLUTIONS),
    "grid": ModelSpec(("lda",), "log_rms"),
    "emg4-mlp": ModelSpec(("network",), "raw", EMG4_MLP),
    **{f"mobilenetv2-{width}": ModelSpec((f"mobilenetv2-{width}",), "raw", MOBILENET) for width in WIDTHS},
}
AUTO = "auto"
POPULATION = "population"  # a personal model, see personal.py
FEATURES = ("default", "hudgins", "tdpsd", "log_rms", "ar", "spectral", "tangent")
