"""Classes of a contrastive model at run time: selecting, adding and estimating the accuracy of classes.

All of it is in the model file, together with the graph that turns a window into an embedding.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import ModelError, UsageError, did_you_mean
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.support.unpacking import check_arrays

CONTRAST_KEY = "emgctl.inference.prototypes"
TRIAL_WINDOWS = 200  # per class are kept to estimate the accuracy of a selection
ALL_SETS = 2000  # are all evaluated when a set is suggested
TODAY = (
    0.6  # of the way to where a class is today, by which a refresh moves it; found on 12 people, flat from 0.5 to 0.7
)
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PoseEncoder:
    """Predicts a class's position in the linear part from its pose: a ridge regression on poses seen in training.

    The regression uses the pose's standardized values, positive and negative ones separately, since different muscles
    bend and straighten a joint. ``weights`` ``(2 J + 1, F)``; ``mean`` and ``scale`` ``(J,)``.
    """

    joints: tuple[str, ...]
    mean: Array
    scale: Array
    weights: Array
    LARGEST = 3.0  # standard deviations: poses are clipped to this

    def __call__(self, pose: Array) -> Array:
        """The positions of poses ``(N, J)``, ``(N, F)``."""
        return self.spread((pose - self.mean) / self.scale) @ self.weights

    @classmethod
    def spread(cls, z: Array) -> Array:
        """Standardized poses ``(N, J)`` as regression inputs, ``(N, 2 J + 1)``."""
        z = np.clip(z, -cls.LARGEST, cls.LARGEST)
        one = np.ones((len(z), 1), np.float32)
        return np.concatenate((np.maximum(z, 0), np.maximum(-z, 0), one), axis=1).astype(np.float32)

    def pose(self, angles: Mapping[str, float]) -> Array:
        """The pose ``(J,)`` given by only some joints; the others stay at their mean.

        Raises:
            UsageError: a joint is unknown.
        """
        pose = self.mean.copy()
        for name, value in angles.items():
            if name not in self.joints:
                raise UsageError(f"there is no joint '{name}'{did_you_mean(name, self.joints)}")
            pose[self.joints.index(name)] = value
        return pose


@dataclass(frozen=True, slots=True)
class PrototypeSet:
    """What a contrastive model stores: the positions of its classes, and its predictions on held-out windows.

    ``means`` ``(K, F)`` in the linear part; ``vectors`` ``(K, d)`` in the network part, NaN for a class without one;
    ``scales``: factors of each part's products, and of the linear part's when it is used alone. ``poses`` ``(K, J)``
    are the classes' mean poses, if the training data had poses. ``trial`` ``(M, K)`` are log-probabilities of held-out
    windows of the classes ``truth`` ``(M,)``.
    """

    labels: tuple[str, ...]
    means: Array
    vectors: Array
    scales: Array
    trial: Array
    truth: NDArray[np.int64]
    encoder: PoseEncoder | None = None
    poses: Array | None = None

    def to_text(self) -> str:
        """Serialize for the model file's metadata."""
        arrays: dict[str, NDArray[Any]] = {"means": self.means, "vectors": self.vectors, "scales": self.scales}
        arrays |= {"trial": self.trial.astype(np.float16), "truth": self.truth, "labels": np.array(self.labels)}
        if self.encoder is not None and self.poses is not None:
            arrays |= {"joints": np.array(self.encoder.joints), "mean": self.encoder.mean, "scale": self.encoder.scale}
            arrays |= {"weights": self.encoder.weights, "poses": self.poses}
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        return base64.b64encode(file.getvalue()).decode()

    @classmethod
    def from_text(cls, text: str, path: Path) -> Self:
        """Parse the output of :meth:`to_text`.

        Raises:
            ModelError: it is damaged or missing.
        """
        try:
            data = base64.b64decode(text)
            check_arrays(path, io.BytesIO(data))
            with np.load(io.BytesIO(data), allow_pickle=False) as found:
                encoder = poses = None
                if "joints" in found:
                    joints = tuple(found["joints"].tolist())
                    encoder = PoseEncoder(joints, found["mean"], found["scale"], found["weights"])
                    poses = found["poses"]
                read = cls(
                    tuple(found["labels"].tolist()),
                    found["means"],
                    found["vectors"],
                    found["scales"],
                    found["trial"].astype(np.float32),
                    found["truth"],
                    encoder,
                    poses,
                )
            read._check()
        except Exception as error:  # zipfile, zlib and numpy raise many exception types for damaged data
            raise ModelError(path, "contains no classes", remedy="train it again") from error
        return read

    def _check(self) -> None:
        count, width = len(self.labels), self.means.shape[-1]
        shapes: list[tuple[NDArray[Any], tuple[int, ...]]] = [
            (self.means, (count, width)),
            (self.vectors, (count, self.vectors.shape[-1])),
            (self.scales, (3,)),
            (self.trial, (len(self.truth), count)),
            (self.truth, (len(self.truth),)),
        ]
        if self.encoder is not None and self.poses is not None:
            joints = len(self.encoder.joints)
            shapes += [(self.encoder.mean, (joints,)), (self.encoder.scale, (joints,)), (self.poses, (count, joints))]
            shapes += [(self.encoder.weights, (2 * joints + 1, width))]
        if any(array.shape != shape or array.dtype.kind not in "fiu" for array, shape in shapes):
            raise ValueError("inconsistent arrays")

    @property
    def width(self) -> int:
        """Length of an embedding."""
        return int(self.means.shape[1] + self.vectors.shape[1])

    def indices(
        self, names: Sequence[str | int], contexts: Mapping[str, Sequence[str | int]] | None = None
    ) -> list[int]:
        """The indices of classes given by name, by number (from 0) or by context, each once.

        Raises:
            UsageError: one is unknown, or a context contains itself.
        """
        return list(dict.fromkeys(self._indices(names, contexts or {}, (), {})))

    def _indices(
        self,
        names: Sequence[str | int],
        contexts: Mapping[str, Sequence[str | int]],
        within: tuple[str, ...],
        known_places: dict[str, list[int]],
    ) -> list[int]:
        found: list[int] = []
        for name in names:
            if name in self.labels:
                found.append(self.labels.index(str(name)))
            elif name in within:
                raise UsageError(f"context '{name}' contains itself")
            elif name in contexts:
                context = str(name)
                if context not in known_places:
                    inside = self._indices(contexts[context], contexts, (*within, context), known_places)
                    known_places[context] = list(dict.fromkeys(inside))  # once, however often it is named
                found += known_places[context]
            elif str(name).isdecimal() and int(name) < len(self.labels):
                found.append(int(name))
            else:
                known = [*self.labels, *contexts]
                raise UsageError(f"the model has no grasp '{name}'{did_you_mean(str(name), known)}")
        return found

    def with_validation(self, probabilities: Array, truth: NDArray[np.int64]) -> PrototypeSet:
        """The same with another model's log-probabilities of held-out windows: ``(M, K)``, their classes ``(M,)``."""
        kept = [
            places[evenly_spaced(len(places), TRIAL_WINDOWS)]
            for one in np.unique(truth)
            for places in [np.flatnonzero(truth == one)]
        ]
        some = np.concatenate(kept) if kept else np.empty(0, np.int64)
        log = np.log(np.maximum(probabilities[some], 1e-25)).astype(np.float32)
        return replace(self, trial=log, truth=truth[some])

    def refreshed(self, embeddings: Array, truth: NDArray[np.int64]) -> PrototypeSet:
        """The same with each class moved towards where it is today, by the embeddings of windows ``(N, E)``.

        What is not among the classes ``truth``, ``(N,)``, stays where it is.
        """
        means, vectors = self.means.copy(), self.vectors.copy()
        width = means.shape[1]
        for place in np.unique(truth):
            today = embeddings[truth == place].mean(axis=0)
            means[place] += TODAY * (today[:width] - means[place])
            vectors[place] = _unit((1 - TODAY) * vectors[place] + TODAY * _unit(today[width:]))
        return replace(self, means=means, vectors=vectors)

    def with_prototype(self, name: str, embeddings: Array) -> PrototypeSet:
        """The same with one class added or moved, by the embeddings of windows ``(N, E)``."""
        mean = embeddings.mean(axis=0)
        return self._with(name, mean[: self.means.shape[1]], _unit(mean[self.means.shape[1] :]))

    def with_pose(self, name: str, pose: Array) -> PrototypeSet:
        """The same with one class added or moved, by its pose ``(J,)`` alone.

        Raises:
            UsageError: the training data had no poses.
        """
        unknown = np.full(self.vectors.shape[1], np.nan, np.float32)
        return self._with(name, self.posed()(pose[None])[0], unknown)

    def posed(self) -> PoseEncoder:
        """The predictor of a class's position from its pose.

        Raises:
            UsageError: the training data had no poses.
        """
        if self.encoder is None:
            raise UsageError("the model was trained without poses, so it cannot learn a grasp from a pose")
        return self.encoder

    def _with(self, name: str, mean: Array, vector: Array) -> PrototypeSet:
        if name in self.labels:
            means, vectors = self.means.copy(), self.vectors.copy()
            place = self.labels.index(name)
            means[place], vectors[place] = mean, vector
            return replace(self, means=means, vectors=vectors)
        return replace(
            self,
            labels=(*self.labels, name),
            means=np.concatenate((self.means, mean[None])).astype(np.float32),
            vectors=np.concatenate((self.vectors, vector[None])).astype(np.float32),
        )

    def chosen(self, places: Sequence[int]) -> PrototypeSubset:
        """A selection of the classes, ready for decisions."""
        return PrototypeSubset(self, places)

    def expected(self, places: Sequence[int]) -> NDArray[np.float64]:
        """Expected confusion of some classes on held-out windows: shares of each true class, ``(k, k)``.

        An added class has no row of its own: NaN.
        """
        places = list(places)
        known = [place for place in places if place < self.trial.shape[1]]
        table = np.full((len(places), len(places)), np.nan)
        rows = [places.index(place) for place in known]
        for row, place in zip(rows, known, strict=True):
            scores = self.trial[self.truth == place][:, known]
            if len(scores):
                table[row] = 0.0
                table[row, rows] = np.bincount(scores.argmax(axis=1), minlength=len(known)) / len(scores)
        return table

    def accuracy(self, places: Sequence[int]) -> float:
        """The expected balanced accuracy among some classes; NaN if nothing is known about any."""
        recall = np.diagonal(self.expected(places))
        return float(np.nanmean(recall)) if np.isfinite(recall).any() else float("nan")

    def suggest(self, size: int, among: Sequence[int], wanted: Sequence[int]) -> list[int]:
        """The set of ``size`` classes that is distinguished best and includes the ``wanted`` ones.

        Up to :data:`ALL_SETS` sets are all evaluated; beyond that, the best class is added one at a time.

        Raises:
            UsageError: there are not enough classes.
        """
        wanted, rest = list(wanted), [place for place in among if place not in wanted]
        missing = size - len(wanted)
        if missing < 0 or missing > len(rest):
            raise UsageError(f"a set of {size} can't be made from {len(wanted)} named and {len(rest)} other grasps")
        count = 1
        for one in range(missing):
            count = count * (len(rest) - one) // (one + 1)
        if count <= ALL_SETS:
            return max(([*wanted, *more] for more in combinations(rest, missing)), key=self.accuracy)
        for _ in range(missing):
            best = max((place for place in rest if place not in wanted), key=lambda one: self.accuracy([*wanted, one]))
            wanted.append(best)
        return wanted


class PrototypeSubset:
    """Decides among some of the classes: their vectors are gathered once, so that a decision is one small product."""

    def __init__(self, classes: PrototypeSet, places: Sequence[int]) -> None:
        self.labels = tuple(classes.labels[place] for place in places)
        means, vectors = classes.means[list(places)], classes.vectors[list(places)]
        both, network, alone = classes.scales.tolist()
        by_pose = bool(np.isnan(vectors).any())  # one class is known only by its pose
        linear = alone if by_pose else both
        vectors = 0 * np.nan_to_num(vectors) if by_pose else network * vectors
        self._product = np.ascontiguousarray(np.concatenate((linear * means, vectors), axis=1).T, np.float32)
        self._offset = (0.5 * linear * np.square(means).sum(axis=1)).astype(np.float32)

    def probabilities(self, embedding: Array) -> Array:
        """The scores of the selected classes for an embedding ``(E,)`` or several ``(N, E)``."""
        logits = embedding @ self._product - self._offset
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        found: Array = odds / odds.sum(axis=-1, keepdims=True)
        return found


def _unit(vector: Array) -> Array:
    """A vector of length 1 in the same direction."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32)
