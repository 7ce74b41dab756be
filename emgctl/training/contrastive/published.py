"""``--recipe contrastive-prosthetics``: a published system, reproduced from its code.

ContrastiveProsthetics (github.com/FibonacciDude/ContrastiveProsthetics, commit ce384fe): the first second of each
repetition of a movement is filtered from a cold start (fourth-order Butterworth, 20 to 450 Hz), its RMS over 5.5 ms is
sampled at 100 Hz, and each of these vectors, with one value per channel, is embedded together with a trained vector per
class. People are not held out; repetitions 1, 3 and 4 are for training, 2 and 5 for testing (6 would select settings,
which are the published ones). Its code indexes the 100 times with eight bits, which wrap: they all lie in the first
128 ms, where a movement begins. Both variants are measured, with batch normalization by the training data and by the
tested batch itself ("AdaBN", whose batches contain every class equally often, unlike any live signal).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emgctl.dsp.runs import true_runs
from emgctl.errors import UsageError
from emgctl.recording.windows import Indices, same_signal
from emgctl.training.classifier.fit import repeatable
from emgctl.training.classifier.lda import fit_discriminant
from emgctl.training.contrastive.batches import EpisodeSampler
from emgctl.training.contrastive.modules import PrototypeHead
from emgctl.training.contrastive.subset_accuracy import Scores, curve
from emgctl.training.contrastive.train_loop import ContrastiveConfig, train_pair
from emgctl.training.data.provenance import Contents, leaks_among
from emgctl.training.history import History
from emgctl.types import Recording

RECIPE = "contrastive-prosthetics"
TRAINED_ON, TESTED = (1, 3, 4), (2, 5)
BAND_HZ, RMS_S, SECOND, TIMES_HZ = (20.0, 450.0), 0.0055, 1.0, 100
PUBLISHED_HZ, STRIDE, WRAP = 2000, 20, 256  # the published index counts samples at 2 kHz, in steps of 20, in 8 bits
DRAWS = (1, 10, 24)  # numbers of votes
SETTINGS = ContrastiveConfig(
    epochs=8, sets=8, rate=9.76e-4, class_rate=2.65e-3, decay=7.1e-5, noise=0, smoothing=0, cycle=False
)
DROPOUT = 0.064
_BATCH = 512  # sets per test batch with AdaBN

Progress = Callable[[str, int, int], None]


class PublishedEncoder(nn.Module):
    """Two 3x3 convolutions over the channels as an image of one row, seven dense layers, 16 values of length 1."""

    def __init__(self, channels: int, dropout: float = DROPOUT) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Unflatten(1, (1, 1, channels))]
        for before in (1, 64):
            layers += [nn.Conv2d(before, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64)]
        layers.append(nn.Flatten())
        width = 64 * channels
        for number in range(7):
            layers += [nn.Linear(width, 512), nn.ReLU(), nn.BatchNorm1d(512)]
            if number >= 3:
                layers.append(nn.Dropout(dropout))
            width = 512
        self.layers = nn.Sequential(*layers, nn.Linear(width, 16, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """Encode vectors ``(N, C)`` as unit vectors ``(N, 16)``."""
        unit: Tensor = nn.functional.normalize(self.layers(features), dim=1)
        return unit

    def by_batch(self) -> PublishedEncoder:
        """The same with AdaBN: normalized by the statistics of each tested batch."""
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                layer.track_running_stats, layer.running_mean, layer.running_var = False, None, None
        return self


@dataclass(frozen=True, slots=True)
class Slices:
    """Vectors ``(N, C)`` of the first second of each repetition of a movement; ``piece`` ``(N,)`` numbers these."""

    x: NDArray[np.float32]
    y: Indices
    person: Indices
    repetition: Indices
    piece: Indices
    labels: tuple[str, ...]

    def of(self, repetitions: Sequence[int]) -> Slices:
        """Select the vectors of some repetitions."""
        here = np.isin(self.repetition, repetitions)
        return Slices(
            self.x[here], self.y[here], self.person[here], self.repetition[here], self.piece[here], self.labels
        )


def slices(recordings: Sequence[Recording], *, wrapped: bool) -> Slices:
    """Split and filter as published.

    Raises:
        UsageError: a recording has no labels or repetitions, or no second of one movement.
    """
    signal = same_signal(recordings)
    rate = signal.rate_hz
    labels = tuple(dict.fromkeys(name for one in recordings for name in one.label_names))
    people = list(dict.fromkeys(one.subject for one in recordings))
    count = round(SECOND * rate)
    index = np.arange(0, round(SECOND * PUBLISHED_HZ), STRIDE)
    times_s = (index % WRAP if wrapped else index) / PUBLISHED_HZ
    found: list[tuple[NDArray[np.float32], int, int, int]] = []
    for one in recordings:
        if one.labels is None or one.repetitions is None:
            raise UsageError(f"{one.source}: recipe '{RECIPE}' requires labels and repetitions")
        for label in np.unique(one.labels[one.labels >= 0]):
            for repetition in np.unique(one.repetitions):
                segments = true_runs((one.labels == label) & (one.repetitions == repetition))
                begin = next((first for first, end in segments if end - first >= count), None)
                if begin is None or repetition < 0:
                    continue
                second = _filtered(one.samples[begin : begin + count], rate)
                here = np.minimum(np.floor(times_s * rate + 1e-6).astype(int), len(second) - 1)
                name = labels.index(one.label_names[label])
                found.append((second[here], name, people.index(one.subject), int(repetition)))
    if not found:
        raise UsageError("no movement lasts a second, so there is nothing to train on")
    sizes = [len(one[0]) for one in found]
    y, person, repetition, piece = (
        np.repeat(values, sizes) for values in (*zip(*(one[1:] for one in found), strict=True), range(len(found)))
    )
    return Slices(np.concatenate([one[0] for one in found]), y, person, repetition, piece, labels)


def _filtered(samples: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    """The published filter, started cold, and the RMS over 5.5 ms; the band ends below half the rate."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, lfilter

    high = min(BAND_HZ[1], 0.45 * rate)
    if BAND_HZ[0] < high and rate > 2 * TIMES_HZ - 1:  # slower signals are already envelopes
        numerator, denominator = butter(4, (BAND_HZ[0], high), "bandpass", fs=rate)
        samples = lfilter(numerator, denominator, samples, axis=0)
    length = max(1, round(RMS_S * rate))
    power = uniform_filter1d(np.square(samples, dtype=np.float64), length, axis=0, origin=(length - 1) // 2)
    rms: NDArray[np.float32] = np.sqrt(np.maximum(power, 0)).astype(np.float32)
    return rms


def reproduce(recordings: Sequence[Recording], seed: int, rest: str, progress: Progress) -> dict[str, Any]:
    """Train and test the published system, wrapped and not, with and without AdaBN, and a masked LDA for comparison.

    Returns:
        ``curves`` by name: accuracy over the number of grasps besides rest, and ``votes``: accuracy among all classes
        when so many vectors of a second vote. ``leaks`` and ``warnings``: whether what is tested was learned.

    Raises:
        UsageError: the recordings lack repetitions 1 to 5.
    """
    cases = [
        (slices(recordings, wrapped=wrapped), wrapped, adaptive)
        for wrapped in (True, False)
        for adaptive in (False, True)
    ]
    contents = Contents(recordings)
    trained, tested = (
        contents.at([np.isin(one.repetitions, some) for one in recordings if one.repetitions is not None])
        for some in (TRAINED_ON, TESTED)
    )
    leaks = leaks_among(tested, trained)
    found: dict[str, Any] = {"leaks": bool(leaks), "warnings": leaks, "curves": {}, "votes": {}}
    for number, (every, wrapped, adaptive) in enumerate(cases):
        train, test = every.of(TRAINED_ON), every.of(TESTED)
        if not len(train.y) or not len(test.y):
            raise UsageError(f"recipe '{RECIPE}' requires repetitions 1 to 5")
        name = f"{'wrapped' if wrapped else 'whole second'}{', AdaBN' if adaptive else ''}"
        always = [every.labels.index(rest)] if rest in every.labels else []

        def tell(done: int, total: int, name: str = name, number: int = number) -> None:
            progress(name, number * total + done, len(cases) * total)

        with repeatable(seed):
            mean, scale = train.x.mean(), train.x.std()
            scores = _published((train.x - mean) / scale, train, (test.x - mean) / scale, test, seed, adaptive, tell)
            found["curves"][name] = curve(scores, test.y, always=always)
            found["votes"][name] = _votes(scores, test, seed)
            if not adaptive:
                lda = _lda(train, test)
                beside = f"masked LDA, {name}"
                found["curves"][beside] = curve(lda, test.y, always=always)
                found["votes"][beside] = _votes(lda, test, seed)
    return found


def _published(
    x: NDArray[np.float32],
    train: Slices,
    x_test: NDArray[np.float32],
    test: Slices,
    seed: int,
    adaptive: bool,
    progress: Callable[[int, int], None],
) -> Scores:
    encoder = PublishedEncoder(x.shape[1])
    pair = PrototypeHead(encoder.by_batch() if adaptive else encoder, len(train.labels), 16, largest=0)
    sets = EpisodeSampler(*map(torch.from_numpy, (train.y, train.person, train.repetition)))
    history: History = {}
    pair = train_pair(pair, torch.from_numpy(x), sets, SETTINGS, seed, history, progress)
    z, scores = torch.from_numpy(x_test), np.empty((len(x_test), len(train.labels)), np.float32)
    # with AdaBN, batches with every class equally often, as published
    order = np.random.default_rng(seed).permutation(len(z))
    balanced = np.argsort(_rank_in_class(test.y[order]), kind="stable")
    order = order[balanced]
    with torch.inference_mode():
        for chosen in np.array_split(order, max(1, len(order) // (_BATCH * len(test.labels)))):
            scores[chosen] = pair(z[chosen]).numpy()
    return scores


def _rank_in_class(y: Indices) -> Indices:
    rank = np.empty(len(y), np.int64)
    for one in np.unique(y):
        here = np.flatnonzero(y == one)
        rank[here] = np.arange(len(here))
    return rank


def _lda(train: Slices, test: Slices) -> Scores:
    """An LDA of the logarithms of the same vectors."""
    z, held = (torch.from_numpy(np.log(one.x + 1e-3 * train.x.mean())) for one in (train, test))
    mean, scale = z.mean(dim=0), z.std(dim=0)
    layer = fit_discriminant((z - mean) / scale, torch.from_numpy(train.y), len(train.labels))
    with torch.inference_mode():
        scores: Scores = layer((held - mean) / scale).numpy()
    return scores


def _votes(scores: Scores, test: Slices, seed: int) -> dict[int, float]:
    """Accuracy among all classes by a majority vote of this many random vectors of a second."""
    chance, predicted = np.random.default_rng(seed), scores.argmax(axis=1)
    found = {}
    for draws in DRAWS:
        right = []
        for piece in np.unique(test.piece):
            here = np.flatnonzero(test.piece == piece)
            drawn = predicted[here[chance.integers(0, len(here), (32, draws))]]
            votes = np.apply_along_axis(np.bincount, 1, drawn, minlength=scores.shape[1])
            right.append(float((votes.argmax(axis=1) == test.y[here[0]]).mean()))
        found[draws] = float(np.mean(right))
    return found
