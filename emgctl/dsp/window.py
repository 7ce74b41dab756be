"""The sliding window: converts a stream of blocks of any size to windows of ``length`` samples every ``hop``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from emgctl.dsp.preprocessing import FilterChain
from emgctl.types import SampleBlock, Samples

_SPARE_WINDOWS = 8  # windows in the buffer before its end is moved to the front
_BATCH = 32  # windows passed to on_windows at once; larger batches hardly save any time


class Window:
    """Yields each window at the sample that completes it, as a contiguous view without copying.

    Window ends depend only on the sample index at which the stream (re)started, never on block sizes: live and offline
    windows are the same. A gap of up to ``bridge`` samples is filled by repeating the last sample; a longer one
    restarts the window, so that no window ever spans a gap. Samples that overlap earlier ones are dropped. The rest
    goes through ``chain`` first, if there is one.
    """

    def __init__(self, length: int, hop: int, channels: int, bridge: int = 0, chain: FilterChain | None = None) -> None:
        if length < 1 or hop < 1:
            raise ValueError(f"window and hop must be at least one sample, not {length} and {hop}")
        self.length, self.hop, self.bridge, self._chain = length, hop, bridge, chain
        self._buffer = np.zeros((length * _SPARE_WINDOWS + max(length, hop), channels), np.float32)
        self._filled = 0
        self._expected: int | None = None
        self._missing = length
        self.gaps = 0
        self.lost = 0
        self.skipped = 0

    def reset(self) -> None:
        """Discard all samples; the next window is complete ``length`` samples from now."""
        self._expected = None
        self._restart()

    def _restart(self) -> None:
        self._filled, self._missing = 0, self.length
        if self._chain is not None:
            self._chain.reset()

    def push(
        self, block: SampleBlock, newest_only: bool = False, on_windows: Callable[[Samples], None] | None = None
    ) -> Iterator[tuple[int, Samples]]:
        """Add a block and yield ``(end, window)`` for each window it completes.

        Args:
            block: the samples, ``(T, C)``.
            newest_only: skip all but the last of several windows, and count them in ``skipped``.
            on_windows: called with the next windows ``(N, length, C)``, a batch at a time, before its first is yielded.

        Yields:
            The index after the window's last sample, and a view ``(length, C)`` that is valid until the next step.
        """
        samples, end = self._received(block), block.start + len(block.samples)
        skip = (len(samples) - self._missing) // self.hop if newest_only else 0
        batched = 0
        while len(samples) >= self._missing:
            if on_windows is not None and not batched:
                on_windows(batch := self._next_windows(samples))
                batched = len(batch)
            batched -= 1
            self._append(samples[: self._missing])
            samples = samples[self._missing :]
            self._missing = self.hop
            if skip > 0:
                skip -= 1
                self.skipped += 1
                continue
            yield end - len(samples), self._buffer[self._filled - self.length : self._filled]
        self._missing -= len(samples)
        self._append(samples)

    def _next_windows(self, samples: Samples) -> Samples:
        """The next windows that ``samples`` complete."""
        count = min(1 + (len(samples) - self._missing) // self.hop, _BATCH)
        kept = max(self.length - self._missing, 0)
        new = samples[max(self._missing - self.length, 0) : self._missing + (count - 1) * self.hop]
        there = np.concatenate((self._buffer[self._filled - kept : self._filled], new))
        return sliding_window_view(there, self.length, axis=0)[:: self.hop].transpose(0, 2, 1)

    @property
    def missing(self) -> int:
        """How many samples the next window still needs."""
        return self._missing

    @property
    def newest(self) -> Samples | None:
        """The last ``length`` samples ``(length, C)``, a view until the next push; None before there are as many."""
        return self._buffer[self._filled - self.length : self._filled] if self._filled >= self.length else None

    def warm_up(self, block: SampleBlock) -> None:
        """Filter an earlier block again without a trace, to warm the processor's caches for the next one."""
        if self._chain is not None:
            self._chain.warm_up(block.samples)

    def gap_before(self, block: SampleBlock) -> int:
        """Number of samples missing between the last block and ``block``; negative if they overlap."""
        return 0 if self._expected is None else block.start - self._expected

    def _received(self, block: SampleBlock) -> Samples:
        """The block's new samples, preprocessed, preceded by what bridges a gap."""
        gap, samples = self.gap_before(block), block.samples
        bridged = 0 < gap <= self.bridge and self._filled > 0
        if gap < 0:
            samples = samples[-gap:]
        elif gap > 0:
            self.gaps += 1
            self.lost += gap
            if not bridged:
                self._restart()
        if gap >= 0 or len(samples):
            self._expected = block.start + len(block.samples)
        if self._chain is not None:
            samples = self._chain.apply(samples)
        if bridged:
            filler = np.repeat(self._buffer[self._filled - 1 : self._filled], gap, axis=0)
            samples = np.concatenate((filler, samples))
        return samples

    def _append(self, samples: Samples) -> None:
        if len(samples) > len(self._buffer) - self.length:  # only the tail can ever be in a window
            samples = samples[len(samples) - self.length :]
            self._filled = 0
        if self._filled + len(samples) > len(self._buffer):
            keep = min(self._filled, self.length)
            self._buffer[:keep] = self._buffer[self._filled - keep : self._filled].copy()
            self._filled = keep
        self._buffer[self._filled : self._filled + len(samples)] = samples
        self._filled += len(samples)
