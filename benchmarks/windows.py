"""How fast windows are made, and whether training waits for them: two parts of subsets.py."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.contrastive.batches import EpisodeSampler
from emgctl.training.contrastive.fit import DROPOUT, HIDDEN, SPACE, describe
from emgctl.training.contrastive.modules import PrototypeHead, SignalEncoder
from emgctl.training.contrastive.train_loop import ContrastiveConfig, train_pair
from emgctl.training.features.rms_history import WindowFeatures


def windows(data: Path) -> dict[str, Any]:
    """Making the array of all windows of DB5: at once, and window by window in a loop over scipy's arrays."""
    from scipy.io import loadmat

    files = sorted((data / "ninapro_db5_e1").glob("*.mat"))
    read_dataset(str(data / "ninapro_db5_e1"))  # into the cache, as every later training finds it
    best = {"emgctl": np.inf, "loop": np.inf, "emgctl, from files": np.inf, "loop, from files": np.inf}
    for _ in range(3):
        begun = time.perf_counter()
        recordings = read_dataset(str(data / "ninapro_db5_e1"))
        ready = time.perf_counter()
        made = cut(recordings, 40, 10)
        count, cut_s = len(made), time.perf_counter() - ready
        samples = made.samples
        done = time.perf_counter()
        best["emgctl"] = min(best["emgctl"], done - ready)
        best["emgctl, from files"] = min(best["emgctl, from files"], done - begun)
        begun = time.perf_counter()
        loaded = [loadmat(file) for file in files]
        ready = time.perf_counter()
        looped = np.stack([one for file in loaded for one in _loop(file)])
        done = time.perf_counter()
        best["loop"] = min(best["loop"], done - ready)
        best["loop, from files"] = min(best["loop, from files"], done - begun)
    return best | {"windows": count, "loop_windows": len(looped), "cut_s": cut_s, "megabytes": samples.nbytes / 1e6}


def _loop(file: dict[str, Any]) -> list[NDArray[Any]]:
    """Windows of one known label and repetition, one after the other, as papers' code makes them."""
    emg, labels, repetitions = file["emg"], file["restimulus"].ravel(), file["rerepetition"].ravel()
    found = []
    for start in range(0, len(emg) - 40 + 1, 10):
        inside = slice(start, start + 40)
        if len(np.unique(labels[inside])) == 1 and len(np.unique(repetitions[inside])) == 1:
            found.append(emg[inside].astype(np.float32))
    return found


def waiting(data: Path) -> dict[str, Any]:
    """How much of the training of DB5 is spent on getting its batches."""
    windows = cut(read_dataset(str(data / "ninapro_db5_e1")), 40, 10, memory=200)
    begun = time.perf_counter()
    described = WindowFeatures(windows.signal.channels, windows.length, windows.memory)
    part = describe(windows, np.arange(len(windows)), described)
    described_s, settings = time.perf_counter() - begun, ContrastiveConfig(epochs=3)
    z = part.features[:, described.network].clone()
    sets = EpisodeSampler(part.y, part.sessions, torch.from_numpy(windows.repetition))
    pair = PrototypeHead(SignalEncoder(z.shape[1], SPACE, HIDDEN, DROPOUT), len(windows.label_names), SPACE)
    begun = time.perf_counter()
    train_pair(pair, z, sets, settings, 0, {})
    whole_s, batches = time.perf_counter() - begun, settings.epochs * max(1, sets.median // settings.sets)
    begun, chance = time.perf_counter(), torch.Generator().manual_seed(0)
    for _ in range(batches):
        z[sets.draw(settings.sets, chance)]
    share = (time.perf_counter() - begun) / whole_s
    return {"windows": len(windows), "features_s": described_s, "batches": batches, "share_of_step": share}
