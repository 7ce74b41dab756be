"""Runs a model on many windows at once, ahead of the decisions on them, for recordings at full speed."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

_SLOW_S = 0.005  # a model that takes longer gains little from it


class Runs(Protocol):
    """A model, see :class:`emgctl.inference.model.Model`."""

    def run(self, window: Samples) -> list[NDArray[np.float32]]:
        """Probabilities ``(L,)`` and intensity of one window ``(window, channels)``."""

    def run_many(self, windows: Samples) -> list[NDArray[np.float32]]:
        """The same of windows ``(N, window, channels)``; first axis N."""


class RunAhead:
    """Gives for each window what ``model.run`` gives, from one run for all windows passed to :meth:`add`.

    A processor may round sums in another order where it adds up for many windows. So the first run for each number of
    windows is compared with single ones: unless both are the same bit by bit, all windows are decoded one by one.
    """

    def __init__(self, model: Runs) -> None:
        self._model = model
        self._windows: Samples = np.empty((0, 0, 0), np.float32)
        self._found: list[list[NDArray[np.float32]]] = []
        self._next = 0
        self._compared: set[int] = set()
        self._helps = True

    def add(self, windows: Samples) -> None:
        """Run the model on the next windows ``(N, window, channels)`` in their order; only valid during the call."""
        self._helps &= bool(self._next or not self._found)  # nobody asked for the last ones
        self._found, self._next = [], 0
        if self._helps and len(windows) > 1:
            self._windows = np.ascontiguousarray(windows)
            if not self._compared and self._is_slow(self._windows[0]):
                self._helps = False
                return
            probabilities, intensity = self._model.run_many(self._windows)
            self._found = [list(both) for both in zip(probabilities, intensity, strict=True)]
            if len(self._found) not in self._compared:
                self._compare()

    def run(self, window: Samples) -> list[NDArray[np.float32]]:
        """Probabilities ``(L,)`` and intensity of one window ``(window, channels)``."""
        place = self._next
        if place < len(self._found) and (self._windows[place] == window).all():
            self._next += 1
            return self._found[place]
        return self._model.run(window)

    def _is_slow(self, window: Samples) -> bool:
        """Whether many runs together might take so long that they are mistaken for a model that hangs."""
        begun_s = time.thread_time()  # whatever else the computer does
        self._model.run(window)
        return time.thread_time() - begun_s > _SLOW_S

    def _compare(self) -> None:
        """Check that single runs give the same."""
        self._compared.add(len(self._found))
        for window, found in zip(self._windows, self._found, strict=True):
            alone = self._model.run(window)
            if any(not np.array_equal(*both) for both in zip(alone, found, strict=True)):
                self._helps, self._found = False, []
                return
