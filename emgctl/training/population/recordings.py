"""Sessions for a population from labelled recordings of any format."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import runs
from emgctl.errors import UsageError
from emgctl.inference.population.card import LEAST_RATE_HZ, MOST_CHANNELS, MOST_RATE_HZ
from emgctl.inference.population.features import WINDOW_S, RingFeatures
from emgctl.recording.people import session_of
from emgctl.recording.windows import labels_in, same_signal
from emgctl.training.data.fingerprints import landmarks, shared
from emgctl.training.population.statistics import SessionStatistics, session_statistics
from emgctl.types import Recording

AFTER_S, BEFORE_S = 0.75, 0.25  # left out after and before each change of label: reaction and release
HOP_S = 0.025
COUNTS = "count"  # whose steps are known: RingFeatures' own floor
QUIET_EVERY_S, QUIET_SHARE, FLOOR_SHARE = 1.0, 0.1, 0.2
Key = tuple[str, str]


def ring_features(recordings: Sequence[Recording]) -> RingFeatures:
    """The features for the recordings' signal.

    Raises:
        FileError: the recordings have different signals.
        UsageError: they are of no ring, or hold no raw signal.
    """
    signal = same_signal(recordings)
    if signal.grid is not None or not 2 <= signal.channels <= MOST_CHANNELS:
        raise UsageError(
            f"a population is of rings of 2 to {MOST_CHANNELS} electrodes around the arm, and {recordings[0].source} "
            f"has {signal}; train a model of its own for it with 'emgctl train'"
        )
    if not LEAST_RATE_HZ <= signal.rate_hz <= MOST_RATE_HZ:
        raise UsageError(
            f"a population needs a raw signal at {LEAST_RATE_HZ} to {MOST_RATE_HZ} Hz, and {recordings[0].source} has "
            f"{signal.rate_hz:g} Hz; record at another rate, or resample the recordings"
        )
    ring = RingFeatures(signal.channels, signal.rate_hz, round(WINDOW_S * signal.rate_hz))
    return ring if signal.unit == COUNTS else replace(ring, floor=_noise_floor(recordings, ring))


def _noise_floor(recordings: Sequence[Recording], ring: RingFeatures) -> float:
    """A share of the power of quiet moments, in units in which the steps of the converter are not known."""
    hop = max(1, round(QUIET_EVERY_S * ring.rate_hz))
    levels: list[float] = []
    for one in recordings:
        taken = [one.samples[at : at + ring.length] for at in range(0, len(one.samples) - ring.length + 1, hop)]
        sound = [window for window in taken if np.isfinite(window).all()]
        levels += ring.levels(np.stack(sound)).tolist() if sound else []
    quiet = float(np.quantile(levels, QUIET_SHARE)) if levels else 0.0
    if not quiet:
        raise UsageError(f"there is no signal in {recordings[0].source} to fit a population to")
    return FLOOR_SHARE * quiet**2


def common_labels(recordings: Sequence[Recording], rest: str) -> tuple[str, ...]:
    """The labels that every session has, rest first and the others by name.

    Raises:
        UsageError: rest or gestures are missing.
    """
    found: dict[Key, set[str]] = {}
    for one in recordings:
        found.setdefault(session_of(one), set()).update(labels_in(one))
    shared = set.intersection(*found.values())
    if rest not in shared:
        raise UsageError(f"not every session has the label '{rest}' of rest; name it with --rest")
    if len(shared) < 2:
        raise UsageError("the sessions have no gesture in common")
    return (rest, *sorted(shared - {rest}))


def sessions_from(
    recordings: Sequence[Recording], features: RingFeatures, labels: tuple[str, ...], left: Collection[str] = ()
) -> list[SessionStatistics]:
    """The statistics of each session that has all labels; ``left`` are subjects who wore the ring on the left arm.

    Raises:
        UsageError: two recordings hold the same signal, so that a person or a session would count twice.
    """
    _check_different(recordings)
    grouped: dict[Key, list[Recording]] = {}
    for one in recordings:
        grouped.setdefault(session_of(one), []).append(one)
    found = []
    for (subject, session), parts in grouped.items():
        pieces = [_held(part, features, labels) for part in parts]
        values, classes = (np.concatenate([piece[place] for piece in pieces]) for place in (0, 1))
        holds = np.concatenate([piece[2] + 10_000 * number for number, piece in enumerate(pieces)])
        one_session = session_statistics(subject, session, values, classes, holds, len(labels), subject in left)
        if one_session is not None:
            found.append(one_session)
    return found


def _check_different(recordings: Sequence[Recording]) -> None:
    """Raise UsageError where a recording holds samples of another one."""
    marks = [landmarks(one.samples).codes for one in recordings]
    for place, one in enumerate(recordings):
        for other, earlier in zip(recordings[:place], marks, strict=False):
            if shared(marks[place], earlier):
                raise UsageError(f"{one.source} holds the same signal as {other.source}, or a part of it; give it once")


def _held(
    recording: Recording, features: RingFeatures, labels: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Features, class (-1: not used) and number of the hold of each window."""
    rate_hz = recording.signal.rate_hz
    values, ends = features.of_signal(recording.samples, max(1, round(HOP_S * rate_hz)))
    classes, holds = np.full(len(ends), -1), np.zeros(len(ends), np.int64)
    if recording.labels is None:
        return values, classes, holds
    for number, (begin, end) in enumerate(runs(recording.labels)):
        label = int(recording.labels[begin])
        name = recording.label_names[label] if label >= 0 else ""
        if name not in labels:
            continue
        inside = (ends - features.window >= begin + AFTER_S * rate_hz) & (ends <= end - BEFORE_S * rate_hz)
        classes[inside], holds[inside] = labels.index(name), number
    return values, classes, holds
