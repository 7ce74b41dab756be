"""Finds lost samples by the numbers of a board's packages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SURE = 16  # packages by which it is decided how they are counted
_REGULAR = 0.9  # share of them that must follow each other in the same way
_ONE_BYTE, _FOUR_BYTES = 256, 2**32
_LONGEST_S = 3600.0  # a longer hole is a counter that restarted


class Run(NamedTuple):
    """Consecutive ``samples``, and how many were ``lost`` before the first of them."""

    lost: int
    samples: int


class PackageCounter:
    """Decides from package numbers and time stamps how many samples are missing.

    Boards count differently: by one or by two (a Cyton with Daisy sends a sample in two packages), with several samples
    to a package, up to 255 or without end. So the first packages are observed. If they do not follow each other
    regularly, as where other packages are counted too, losses can't be found: ``counts`` is False then, and None until
    it is decided.

    ``fold`` is for numbers in one of two ranges: those above it are reduced by it.
    """

    def __init__(self, rate_hz: float, fold: int = 0) -> None:
        self._rate_hz, self._fold = rate_hz, fold
        self._modulus = fold + 1 if fold else _ONE_BYTE
        self._observed: list[Numbers] = []
        self.counts: bool | None = None
        self._step, self._size = 1, 1
        self._last: float | None = None
        self._last_s = 0.0
        self._back: tuple[float, float] | None = None

    def push(self, numbers: Numbers, stamps_s: Numbers) -> list[Run]:
        """Divide samples with these package numbers and time stamps into runs without a loss."""
        if self._fold:
            numbers = np.where(numbers > self._fold, numbers - self._fold, numbers)
        if self.counts is None:
            self._observe(numbers)
        runs, lost, begin = list[Run](), 0, 0
        # Blocks have a few samples, of which Python makes less work than numpy does.
        for place, (number, stamp_s) in enumerate(zip(numbers.tolist(), stamps_s.tolist(), strict=True)):
            missing = self._missing(number, stamp_s) if self.counts else 0
            self._last, self._last_s = number, stamp_s
            if missing:
                if place:
                    runs.append(Run(lost, place - begin))
                lost, begin = missing, place
        return [*runs, Run(lost, len(numbers) - begin)]

    def _missing(self, number: float, stamp_s: float) -> int:
        """The samples that are missing before this one."""
        if self._last is None or number == self._last or (number - self._last) % self._modulus == self._step:
            return 0
        return self._lost(self._last, number, stamp_s - self._last_s)

    def _lost(self, before: float, number: float, seconds: float) -> int:
        """The samples that are missing between two packages that do not follow each other."""
        if max(before, number) >= self._modulus:
            self._modulus = _FOUR_BYTES
        if number < before and self._back == (before, number):  # twice in a row: this is where it begins again
            self._modulus = int(before - number) + self._step
            return 0
        if number < before:
            self._back = (before, number)
        packages = max(round((number - before) % self._modulus / self._step) - 1, 0)
        if not packages:
            return 0
        turn = self._modulus // self._step  # time shows how often the counter went all the way round
        packages += turn * max(round((seconds * self._rate_hz / self._size - packages) / turn), 0)
        lost = packages * self._size
        return lost if lost < _LONGEST_S * self._rate_hz else 1

    def _observe(self, numbers: Numbers) -> None:
        self._observed.append(numbers)
        seen = np.concatenate(self._observed)
        steps = np.diff(seen)
        changes = np.flatnonzero(steps)
        if len(changes) <= SURE and len(seen) < SURE * self._rate_hz:
            return
        self.counts, self._observed = False, []
        if len(changes) <= SURE:  # a number that hardly ever changes
            return
        usual, often = np.unique(steps[changes] % self._modulus, return_counts=True)
        self._step = int(usual[often.argmax()])
        self._size = int(np.median(np.diff(changes)))
        self.counts = bool(often.max() >= _REGULAR * len(changes)) and self._step > 0
