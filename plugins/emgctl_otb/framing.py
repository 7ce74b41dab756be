"""Extracts samples from an unframed byte stream: the counter shows losses and where a sample begins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl_otb.layout import Layout

Integers = NDArray[np.signedinteger[Any]]
SURE = 6  # consecutive counter values that confirm the sample boundary
PATIENCE = 200  # samples without a boundary after which the layout counts as wrong
REALIGNMENTS = 16  # realignments in one push after which the layout counts as wrong


class NoStream(Exception):  # noqa: N818 - describes the stream
    """The bytes are not a stream of this device."""


class Framing:
    """Splits a stream into samples ``(T, total)``, each run with the number of samples lost before it.

    ``realigned`` counts how often the sample boundary was lost and found again. The counter wraps at 2 to the 16th, so
    the loss of a multiple of 65536 samples is not detectable.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._bytes = bytearray()
        self._counted: int | None = None
        self._sure = False
        self.realigned = 0

    def push(self, data: bytes) -> list[tuple[int, Integers]]:
        """Return the confirmed complete samples, in runs: number lost before, and the samples.

        Raises:
            NoStream: no position had a working counter for a long time, or the position kept changing.
        """
        most = self.realigned + REALIGNMENTS
        self._bytes += data
        if self._layout.counter is None:
            whole = self._taken(self._samples(len(self._bytes) // self._layout.frame))
            return [(0, whole)] if len(whole) else []
        runs = []
        while (run := self._next()) is not None:
            runs.append(run)
            if self.realigned > most:
                raise NoStream
        if len(self._bytes) > PATIENCE * self._layout.frame:
            raise NoStream
        return runs

    def restart(self) -> None:
        """Start a new stream: discard buffered bytes and the counter."""
        self._bytes.clear()
        self._counted, self._sure = None, False

    def _next(self) -> tuple[int, Integers] | None:
        frame = self._layout.frame
        count = len(self._bytes) // frame
        if not count:
            return None
        samples = self._samples(count)
        counters = samples[:, self._layout.counter or 0].astype(np.int32)
        before = counters[0] - 1 if self._counted is None else self._counted
        right = np.diff(counters, prepend=before) & 0xFFFF == 1
        good = count if right.all() else int(right.argmin())
        if self._sure and good:
            self._counted = int(counters[good - 1]) & 0xFFFF
            return 0, self._taken(samples[:good])
        if count < SURE:
            return None
        follows = np.diff(counters[:SURE]) & 0xFFFF == 1
        if follows.all():  # in sequence, or whole samples were lost
            lost = 0 if self._counted is None else (int(counters[0]) - self._counted - 1) & 0xFFFF
            self._sure, self._counted = True, int(counters[SURE - 1]) & 0xFFFF
            return lost, self._taken(samples[:SURE])
        self._sure = False
        if len(self._bytes) >= (SURE + 1) * frame and (offset := self._begin()) is not None:
            self.realigned += bool(offset % frame) and self._counted is not None
            del self._bytes[:offset]
            return self._next()
        return None

    def _begin(self) -> int | None:
        """The first byte at which the counter is in sequence, None if there is none."""
        frame = self._layout.frame
        counters = self._counters()
        counts = (counters[frame:] - counters[:-frame]) & 0xFFFF == 1
        places = len(counts) - (SURE - 2) * frame
        if places <= 0:
            return None
        begins = np.ones(places, np.bool_)
        for turn in range(SURE - 1):
            begins &= counts[turn * frame : turn * frame + places]
        begins[0] = False  # the presumed boundary is wrong
        return int(begins.argmax()) if begins.any() else None

    def _counters(self) -> Integers:
        """The low 16 bits of the counter of a sample that begins at each byte."""
        layout = self._layout
        place = (layout.counter or 0) * layout.octets + (layout.octets - 2 if layout.big_endian else 0)
        octets = np.frombuffer(bytes(self._bytes), np.uint8)[place:].astype(np.int32)
        high, low = (octets[:-1], octets[1:]) if layout.big_endian else (octets[1:], octets[:-1])
        return high * 256 + low

    def _taken(self, samples: Integers) -> Integers:
        """The same first samples, which are removed from the stream."""
        del self._bytes[: len(samples) * self._layout.frame]
        return samples

    def _samples(self, count: int) -> Integers:
        """The first samples, assuming that one begins at the first byte."""
        layout = self._layout
        data = bytes(memoryview(self._bytes)[: count * layout.frame])
        if layout.octets == 2:
            whole = np.frombuffer(data, ">i2" if layout.big_endian else "<i2")
            return whole.reshape(count, layout.total)
        octets = np.frombuffer(data, np.uint8).reshape(count, layout.total, 3).astype(np.int32)
        octets = octets if layout.big_endian else octets[..., ::-1]
        return (octets[..., 0] << 24 | octets[..., 1] << 16 | octets[..., 2] << 8) >> 8
