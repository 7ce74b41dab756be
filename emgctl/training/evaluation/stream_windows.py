"""The windows of a continuous recording, as ``emgctl run`` would decode them."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from emgctl.dsp.preprocessing import preprocess
from emgctl.inference.model import Model
from emgctl.recording.windows import Indices
from emgctl.types import Recording, Samples


def stream_windows(model: Model, recording: Recording, hop: int) -> tuple[Indices, Samples]:
    """The last sample ``(N,)`` and samples ``(N, W, C)`` of each window without lost samples, one every ``hop``.

    The model's preprocessing is done first.
    """
    length, samples = model.card.window, preprocess(recording, model.card.preprocessing).samples
    if len(samples) < length:
        return np.empty(0, np.int64), np.empty((0, length, samples.shape[1]), np.float32)
    windows = sliding_window_view(samples, length, axis=0)[::hop].transpose(0, 2, 1)
    last = np.arange(len(windows)) * hop + length - 1
    bad = np.concatenate(([0], np.cumsum(~np.isfinite(samples).all(axis=1))))
    sound = bad[last + 1] == bad[last + 1 - length]
    return last[sound], windows[sound]
