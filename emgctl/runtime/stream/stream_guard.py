"""Checks each block of samples before it is windowed, so that only a valid signal is ever decoded.

A block is valid (:class:`Ok`) or a :class:`Fault` with a kind and a one-sentence message. The checks, in this order:
the block's form, its sample index, finite values, those of :class:`SignalChecks`, and the rate.
"""

from __future__ import annotations

import logging
import math
import operator
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from emgctl.dsp.quality import SignalIssue
from emgctl.runtime.stream.delivered_rate import DeliveredRate
from emgctl.runtime.stream.row_history import Hashes, RowHistory
from emgctl.runtime.stream.signal_checks import SignalChecks
from emgctl.types import LabelChange, SampleBlock, Samples, Signal

log = logging.getLogger(__name__)
FaultKind = Literal[
    "malformed",
    "not finite",
    "gap",
    "index back",
    "index repeated",
    "no new samples",
    "frozen",
    "flat",
    "saturated",
    "rate",
]
HISTORY_S = 2.0  # of samples whose redelivery is recognized
MOTION_COLUMNS = 10  # a quaternion, an acceleration and an angular velocity
LARGEST = 1e10  # in any unit: 32-bit converters end at 2.1e9 counts, a volt is 1e6 uV


@dataclass(frozen=True, slots=True)
class Ok:
    """A valid block. ``block`` lacks samples that had been delivered before, and may then be empty.

    ``lost`` counts the samples missing before it, few enough to be bridged, ``repeated`` those that were dropped.
    ``bad`` has the electrodes (from 0) with a bad signal while most are fine.
    """

    block: SampleBlock
    lost: int = 0
    repeated: int = 0
    bad: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a block. ``block`` has the samples from which the stream may continue, None if there are none.

    It is set after a gap in the index (``gap``, ``index back``, ``index repeated``): the samples after it are valid but
    belong to a new window.
    """

    kind: FaultKind
    reason: str
    block: SampleBlock | None = None
    lost: int = 0
    repeated: int = 0
    bad: frozenset[int] = frozenset()


Verdict = Ok | Fault


class StreamGuard:
    """Checks a stream block by block and counts losses; never raises, whatever a block contains.

    Gaps of up to ``bridge_s`` are not faults. The rate is checked only for ``live`` inputs: a recording may be played
    at any rate. ``filled_in`` means that an electrode that stays bad is later replaced from its neighbors, which makes
    it harmless; ``rests_at`` is as in :class:`~emgctl.plugin.WindowSpec`. Minor problems (a flat electrode, a rate 2 %
    off) are logged as a warning, once.

    The ``start`` of blocks passed on never goes back: if an input's index does, its samples follow the previous ones
    after a gap of one, as after a reconnect.

    ``counts`` has how often each kind of fault began, and the numbers of ``gaps``, ``lost`` and ``repeated`` samples.
    """

    def __init__(
        self,
        signal: Signal,
        bridge_s: float,
        live: bool,
        stale_after_s: float = 0.2,
        filled_in: bool = False,
        rests_at: tuple[float, ...] = (),
    ) -> None:
        self._signal, self._stale_after_s = signal, stale_after_s
        self._checks = SignalChecks(signal, filled_in, rests_at)
        self._rate = DeliveredRate(signal.rate_hz, stale_after_s) if live else None
        self._named: set[SignalIssue | str] = set()
        self._bridge = round(bridge_s * signal.rate_hz)
        self._history = RowHistory(signal.channels, max(8, round(HISTORY_S * signal.rate_hz)))
        self._expected: int | None = None  # in the input's own index
        self._offset = 0  # from it to the index passed on
        self._passed_on = 0  # the index after the last sample passed on
        self._new_at_s: float | None = None
        self._before: FaultKind | None = None
        self._deferred: SampleBlock | None = None
        self.gaps = self.lost = self.repeated = 0
        self.counts: Counter[FaultKind] = Counter()

    def reconnected(self) -> None:
        """Note a reconnect of the input: its index may start over, and missed samples are not counted."""
        self._expected = self._new_at_s = self._deferred = None
        self._history.clear()
        self._checks.reset()
        if self._rate is not None:
            self._rate.reset()

    @property
    def bad_electrodes(self) -> Mapping[int, str]:
        """The electrodes (from 0) with a problem at present, and what it is."""
        return {place: trouble.what for place, trouble in self._checks.bad.items()}

    def inspect(self, block: SampleBlock, defer: bool = False) -> Verdict:
        """Check ``block``; its samples count as received unless it is malformed.

        With ``defer``, the slower checks of a signal that has been valid so far are left for :meth:`inspect_deferred`,
        so that a decision need not wait for them; the block's form (:func:`malformed`) must have been checked.
        """
        if defer and self._follows(block):
            return self._pass_at_once(block)
        overdue = self.inspect_deferred()
        verdict = self._inspect(block)
        if overdue is not None and isinstance(verdict, Ok):
            verdict = replace(overdue, lost=verdict.lost, repeated=verdict.repeated)
        kind = verdict.kind if isinstance(verdict, Fault) else None
        if kind is not None and (kind != self._before or verdict.lost):
            self.counts[kind] += 1
        self._before = kind
        if verdict.block is not None:
            self._passed_on = verdict.block.start + len(verdict.block.samples)
        self.lost += verdict.lost
        self.gaps += verdict.lost > 0
        self.repeated += verdict.repeated
        return verdict

    def _follows(self, block: SampleBlock) -> bool:
        """Quick check that a block continues a signal that has been valid so far."""
        if self._before is not None or self._deferred is not None:
            return False
        samples, motion = block.samples, block.motion
        if block.start != self._expected or not len(samples) or samples.dtype != np.float32:
            return False
        total = float(samples.sum()) if motion is None else float(samples.sum()) + float(motion.sum())
        return -LARGEST <= total <= LARGEST  # also false for non-finite values

    def _pass_at_once(self, block: SampleBlock) -> Ok:
        """Pass a block on and keep it for the deferred checks."""
        passed = block if not self._offset else replace(block, start=block.start + self._offset)
        self._expected = block.start + len(block.samples)
        self._passed_on = passed.start + len(block.samples)
        self._new_at_s, self._deferred = block.received_s, passed
        return Ok(passed, bad=frozenset(self._checks.bad))

    def warm_up(self, block: SampleBlock) -> None:
        """Check an earlier valid block again without counting it, to warm the processor's caches for the next one."""
        if self._before is None and self._deferred is None:
            kept = self._expected, self._passed_on, self._new_at_s
            self._expected = block.start
            if self._follows(block):
                self._pass_at_once(block)
            (self._expected, self._passed_on, self._new_at_s), self._deferred = kept, None

    def inspect_deferred(self) -> Fault | None:
        """Run the deferred checks of the last block; returns a fault as :meth:`inspect` does."""
        block, self._deferred = self._deferred, None
        if block is None:
            return None
        self._history.append(self._history.hashed(block.samples))
        fault = _implausible(block) or self._check_signal(block.samples) or self._check_rate(block, 0)
        if fault is not None:
            self.counts[fault.kind] += 1
            self._before = fault.kind
        return fault

    def _inspect(self, block: SampleBlock) -> Verdict:
        if problem := malformed(block, self._signal.channels):
            return Fault("malformed", f"malformed samples: {problem}")
        if block.samples.dtype != np.float32:
            with np.errstate(over="ignore"):  # infinity is named below
                block = replace(block, samples=block.samples.astype(np.float32))
        verdict = self._check_index(block)
        assert verdict.block is not None  # noqa: S101 - the index check does not need it
        fresh = verdict.block
        if block.motion is not None and not np.isfinite(block.motion).all():
            reason = "the arm's motion is not finite (NaN or infinity)"
            return Fault("not finite", reason, None, verdict.lost, verdict.repeated)
        if not len(fresh.samples):
            return self._without_samples(verdict, block.received_s)
        self._new_at_s = block.received_s
        fault = _implausible(fresh) or self._check_signal(fresh.samples) or self._check_rate(fresh, verdict.lost)
        bad = frozenset(self._checks.bad)
        if fault is not None:
            return replace(fault, lost=verdict.lost, repeated=verdict.repeated, bad=bad)
        return replace(verdict, bad=bad) if bad else verdict

    def _check_signal(self, samples: Samples) -> Fault | None:
        finding = self._checks.push(samples)
        if finding is not None:
            return Fault(finding.kind, finding.reason)
        for trouble in self._checks.bad.values():
            if trouble not in self._named:
                self._named.add(trouble)
                log.warning("%s", trouble)
        return None

    def _check_rate(self, block: SampleBlock, lost: int) -> Fault | None:
        rate, declared = self._rate, f"but {self._signal.rate_hz:g} Hz were declared"
        if rate is None:
            return None
        changed = rate.push(len(block.samples) + lost, block.received_s)
        if far_off_hz := rate.far_off_hz:
            return Fault("rate", f"samples arrive at about {far_off_hz:.3g} Hz, {declared}")
        if changed and "rate" not in self._named and (off_hz := rate.off_hz):
            self._named.add("rate")
            log.warning("samples arrive at %.4g Hz, %s", off_hz, declared)
        return None

    def _check_index(self, block: SampleBlock) -> Verdict:
        """Remove samples delivered before; a fault if the index does not follow."""
        start, count = operator.index(block.start), len(block.samples)
        rows = self._history.hashed(block.samples)
        if self._expected is None:
            self._offset = max(self._offset, self._passed_on - start)
            self._expected = start
        expected = self._expected
        if not count:
            return Ok(replace(block, start=expected + self._offset))
        gap = start - expected
        if gap >= 0:
            self._expected = start + count
            if gap:
                self._history.lose(gap)
            self._history.append(rows)
            moved = block if not self._offset else replace(block, start=start + self._offset)
            if gap > self._bridge:
                return Fault("gap", f"{gap} samples were lost", moved, gap)
            return Ok(moved, gap)
        again = min(-gap, count)
        if self._history.holds(rows[:again], -gap):
            self._expected = max(expected, start + count)
            self._history.append(rows[again:])
            made = tuple(replace(one, offset=one.offset - again) for one in block.label_changes if one.offset >= again)
            fresh = replace(
                block, samples=block.samples[again:], start=start + again + self._offset, label_changes=made
            )
            return Ok(fresh, repeated=again)
        return self._start_anew(block, start, expected, rows)

    def _start_anew(self, block: SampleBlock, start: int, expected: int, rows: Hashes) -> Fault:
        """Handle an index that went back: continue here, after a gap of one on the clock that is passed on."""
        within = self._history.covers(expected - start, len(rows))
        self._offset += expected + 1 - start
        self._expected = start + len(block.samples)
        self._history.clear()
        self._history.append(rows)
        moved = replace(block, start=start + self._offset)
        if within:
            return Fault("index repeated", f"sample {start} was delivered again with different values", moved)
        return Fault("index back", f"the sample index went back from {expected} to {start}", moved)

    def _without_samples(self, verdict: Verdict, now_s: float) -> Verdict:
        """Handle empty and repeated blocks, which are no signal: a fault after ``stale_after_s``."""
        if self._new_at_s is None:
            self._new_at_s = now_s
        if now_s - self._new_at_s < self._stale_after_s:
            return verdict
        what = "the same ones were delivered again" if verdict.repeated else "empty blocks were delivered"
        reason = f"no new samples for {self._stale_after_s:g} s: {what}"
        return Fault("no new samples", reason, None, verdict.lost, verdict.repeated)


def malformed(block: Any, channels: int) -> str:
    """What is wrong with a block's form, "" if nothing."""
    if not isinstance(block, SampleBlock):
        return f"a {type(block).__name__} instead of a SampleBlock"
    samples: Any = block.samples
    if not isinstance(samples, np.ndarray):
        return f"samples are a {type(samples).__name__}, not an array"
    if samples.ndim != 2 or samples.shape[1] != channels:
        return f"samples have the shape {samples.shape}, not (T, {channels})"
    if samples.dtype.kind not in "fiu":
        return f"samples are of type {samples.dtype}, not of numbers"
    try:
        start = operator.index(block.start)
    except TypeError:
        return f"start is a {type(block.start).__name__}, not a whole number"
    if not 0 <= start < 2**62:
        return f"start is {start}, not an index"
    received_s: Any = block.received_s
    if isinstance(received_s, bool) or not isinstance(received_s, (int, float, np.number)):
        return f"received_s is a {type(received_s).__name__}, not a time"
    if not math.isfinite(received_s):
        return f"received_s is {received_s}, not a time"
    if problem := _malformed_labels(block.label_changes, len(samples)):
        return problem
    motion: Any = block.motion
    if motion is None:
        return ""
    if not isinstance(motion, np.ndarray) or motion.ndim != 2 or motion.shape[1] != MOTION_COLUMNS:
        return f"motion has the shape {np.shape(motion)}, not (N, {MOTION_COLUMNS})"
    return "" if motion.dtype.kind in "fiu" else f"motion is of type {motion.dtype}, not of numbers"


def _malformed_labels(changes: Any, samples: int) -> str:
    """What is wrong with a block's changes of label, "" if nothing."""
    if changes == ():
        return ""
    if not isinstance(changes, tuple) or not all(isinstance(one, LabelChange) for one in changes):
        return "label_changes are not a tuple of LabelChange"
    offsets: list[Any] = [one.offset for one in changes]
    if not all(isinstance(one, int) and 0 <= one < samples for one in offsets) or offsets != sorted(offsets):
        return f"label_changes are at {offsets}, not in order within the block's {samples} samples"
    labels: list[Any] = [value for one in changes for value in (one.label, one.repetition)]
    if not all(isinstance(label, str) for label in labels[::2]) or not all(
        isinstance(one, int) for one in labels[1::2]
    ):
        return "label_changes have a label that is not text, or a repetition that is not a whole number"
    return ""


def _implausible(block: SampleBlock) -> Fault | None:
    """Why the values of a block, at least one, cannot come from a muscle."""
    low, high = float(block.samples.min()), float(block.samples.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return Fault("not finite", "samples are not finite (NaN or infinity)")
    largest = max(-low, high)
    if largest <= LARGEST:
        return None
    return Fault("not finite", f"samples of {largest:g} are beyond any converter's range")
