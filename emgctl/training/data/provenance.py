"""What a model was trained on, so that nobody takes an evaluation on the same data for a test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from emgctl.errors import UsageError
from emgctl.inference.model_card import CardDataset
from emgctl.types import Recording


def datasets(recordings: Sequence[Recording]) -> tuple[CardDataset, ...]:
    """Each file's name (its last folder and its name: no one's home folder goes into a model), hash and length.

    The hash is SHA-256 over samples, labels and the labels' names of the file's recordings, in their order.

    Raises:
        UsageError: two files hold the same, so that a test would see what was trained on.
    """
    found: dict[str, str] = {}
    cards = []
    for source, group in groupby(recordings, key=lambda recording: recording.source):
        digest, seconds = hashlib.sha256(), 0.0
        for recording in group:
            digest.update(np.ascontiguousarray(recording.samples, np.float32).data)
            if recording.labels is not None:
                digest.update(np.ascontiguousarray(recording.labels, np.int16).data)
            digest.update("\0".join(recording.label_names).encode())
            seconds += recording.duration_s
        sha256 = digest.hexdigest()
        if sha256 in found:
            raise UsageError(f"{source} holds the same recording as {found[sha256]}; give it once")
        found[sha256] = source
        cards.append(CardDataset(name="/".join(Path(source).parts[-2:]), sha256=sha256, seconds=round(seconds, 3)))
    return tuple(cards)
