"""Loads a model and runs it once, in the checking process (emgctl.support.vetting)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emgctl.errors import ModelError
from emgctl.inference.onnx_session import checked_session, content

RUNS = 3
LIBRARIES = ("onnxruntime",)
MOST_VALUES = 10_000_000  # maximum size of one input


def read_all(path: Path) -> None:
    """Run a model on a signal at rest and on noise.

    Raises:
        ModelError: it cannot be loaded or run.
    """
    session = checked_session(path, content(path))
    noise = np.random.default_rng(0)
    for _ in range(RUNS):
        feed = {}
        for one in session.get_inputs():
            shape = [size if isinstance(size, int) else 1 for size in one.shape]
            if one.type != "tensor(float)" or not 0 < np.prod(shape, dtype=float) <= MOST_VALUES:
                raise ModelError(
                    path, f"expects {one.type} {one.shape}, which no decoder provides", f"input '{one.name}'"
                )
            feed[one.name] = (30 * noise.standard_normal(shape)).astype(np.float32)
        session.run(None, feed)
