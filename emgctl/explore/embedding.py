"""Windows as points: features, principal components and clusters; agreement of clusters and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.explore.view import is_rectified
from emgctl.handmodel.track import in_radians, twenty
from emgctl.recording.windows import Indices, Windows, cut, in_samples
from emgctl.support.batches import batches
from emgctl.types import Recording

Array = NDArray[np.float64]

UNLABELLED = "unlabelled"
ONE_SCALE = "log_rms"
AXES = 3
_CLUSTERS = 12  # maximum, unless a number is given
_SILENT = 1e-3  # share of the mean level; keeps the logarithm of a silent channel finite
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Embedding:
    """Windows as points.

    ``points`` ``(N, 3)`` are their first principal components, ``explained`` ``(3,)`` the share of variance of each;
    ``clusters`` ``(N,)`` numbers from 0, the largest cluster first; ``centers`` ``(K, 3)``. ``poses_rad`` ``(K, 20)``
    is each cluster's mean pose, NaN if unknown; None if there are no poses at all.
    """

    windows: Windows
    features: str
    points: Array
    explained: Array
    clusters: Indices
    centers: Array
    poses_rad: Array | None

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of windows of each label in each cluster, ``(K, L)``."""
        found = np.zeros((len(self.centers), len(self.windows.label_names)), np.int64)
        np.add.at(found, (self.clusters, self.windows.labels), 1)
        return found

    def as_json(self) -> dict[str, Any]:
        """The results as JSON; ``agreement`` is the adjusted mutual information of clusters and labels."""
        from sklearn.metrics import adjusted_mutual_info_score

        windows, labelled = self.windows, len(self.windows.label_names) > 1
        return {
            "recordings": [one.name for one in windows.recordings],
            "signal": str(windows.signal),
            "windows": len(windows),
            "window_ms": 1000 * windows.length / windows.signal.rate_hz,
            "hop_ms": 1000 * windows.hop / windows.signal.rate_hz,
            "left_out": str(windows.left_out),
            "features": self.features,
            "explained_variance": self.explained.tolist(),
            "labels": list(windows.label_names),
            "counts": self.counts.tolist(),
            "agreement": float(adjusted_mutual_info_score(windows.labels, self.clusters)) if labelled else None,
            "centres": self.centers.tolist(),
            "poses_rad": None if self.poses_rad is None else [
                pose.tolist() if np.isfinite(pose).all() else None for pose in self.poses_rad
            ],
        }  # fmt: skip


def embed(
    recordings: Sequence[Recording],
    window_ms: float = 200.0,
    hop_ms: float = 100.0,
    clusters: int | None = None,
    features: str = ONE_SCALE,
    seed: int = 0,
) -> Embedding:
    """Split recordings into windows and compute their principal components and clusters.

    Features are centered, and scaled to unit variance unless they share a scale (``log_rms``, where scaling agreed less
    with labels in six of six data sets); k-means uses their first three components, so that the clusters match the
    plots. ``clusters``: by default as many as there are labels, at most 12. Samples without a label are called
    "unlabelled". For an envelope, ``log_rms`` is the logarithm of the mean.

    Raises:
        UsageError: there are fewer windows than clusters, or no window at all.
        FileError: the recordings differ in channels, rate or unit.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    signal = recordings[0].signal
    length, hop = in_samples(window_ms, signal, "a window"), in_samples(hop_ms, signal, "a hop")
    windows = cut([_labelled(one) for one in recordings], length, hop)
    count = clusters or min(max(len(windows.label_names), 2), _CLUSTERS)
    if len(windows) < max(count, AXES + 1):
        raise UsageError(
            f"{len(windows)} windows are too few for {count} clusters; use fewer clusters or a shorter --hop-ms"
        )
    x = _features(windows, features)
    x -= x.mean(axis=0)
    if features != ONE_SCALE:
        spread = x.std(axis=0)
        x /= np.where(spread > 1e-6, spread, 1)
    components = min(AXES, x.shape[1])
    pca = PCA(components, random_state=seed)
    points = np.pad(pca.fit_transform(x), ((0, 0), (0, AXES - components)))
    means = KMeans(count, n_init=10, random_state=seed).fit(points)
    order = np.argsort(-np.bincount(means.labels_, minlength=count), kind="stable")
    place = np.argsort(order)[means.labels_]
    return Embedding(
        windows, features, points, np.pad(pca.explained_variance_ratio_, (0, AXES - components)), place,
        means.cluster_centers_[order], _mean_poses(recordings, windows, place, count),
    )  # fmt: skip


def _labelled(recording: Recording) -> Recording:
    """The recording with a label on every sample."""
    count = len(recording.samples)
    labels = np.full(count, -1, np.int16) if recording.labels is None else recording.labels
    names = (*recording.label_names, UNLABELLED)
    return replace(recording, labels=np.where(labels < 0, len(names) - 1, labels).astype(np.int16), label_names=names)


def _features(windows: Windows, name: str) -> Array:
    """Features ``(N, F)``, computed in batches of some thousands of windows."""
    places = np.arange(len(windows))
    parts = (windows.take(places[part]) for part in batches(len(windows), _BATCH))
    if name == ONE_SCALE and is_rectified(windows.recordings):
        level = np.concatenate([samples.mean(axis=1, dtype=np.float64) for samples in parts])
        logs: Array = np.log(level + _SILENT * level.mean())
        return logs
    import torch

    from emgctl.training.features.feature_sets import SETS

    made = SETS[name](windows.signal.channels)
    with torch.inference_mode():
        found = torch.cat([made(torch.from_numpy(samples)) for samples in parts])
    features: Array = found.numpy().astype(np.float64)
    return features


def _mean_poses(recordings: Sequence[Recording], windows: Windows, clusters: Indices, count: int) -> Array | None:
    """Each cluster's mean pose ``(K, 20)`` at its windows' last samples."""
    tracks = in_radians(recordings)
    if all(track is None for track in tracks):
        return None
    angles = np.full((len(windows), 20), np.nan)
    for number, track in enumerate(tracks):
        if track is not None:
            here = windows.recording == number
            last = windows.start[here] + windows.length - 1
            angles[here] = twenty(replace(track, values=track.values[last]))
    known = np.isfinite(angles).all(axis=1)
    members = [angles[known & (clusters == cluster)] for cluster in range(count)]
    return np.array([mine.mean(axis=0) if len(mine) else np.full(20, np.nan) for mine in members])
