"""A model from a calibration, before it is known whether it is good enough to be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices, Windows


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitted model of gestures: its ``labels``, the test of it, and the ``content`` of its file, made when called.

    ``result`` is that of the test, under the keys of every result file. Of the ``tested`` windows, ``(M,)``, those
    who had not seen them predicted the ``probabilities``, ``(M, L)``.
    """

    labels: tuple[str, ...]
    result: dict[str, Any]
    windows: Windows
    tested: Indices
    probabilities: NDArray[np.float32]
    content: Callable[[], bytes]
