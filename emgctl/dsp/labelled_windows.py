"""Labelled windows as values, and where each of them came from; emgctl.recording.windows cuts them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.types import PoseTrack, Recording, Samples, Signal

Indices = NDArray[np.int64]
"""Numbers of windows, recordings or labels, ``(N,)``."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many windows were not cut, by the reason."""

    unlabelled: int = 0
    crossing: int = 0
    not_finite: int = 0
    reacting: int = 0
    no_memory: int = 0

    def __str__(self) -> str:
        reasons = (
            (self.unlabelled, "without a label"),
            (self.crossing, "across a change of label or repetition"),
            (self.not_finite, "with NaN or infinity"),
            (self.reacting, "too soon after a change of label"),
            (self.no_memory, "without enough samples before them"),
        )
        return ", ".join(f"{count} {reason}" for count, reason in reasons if count) or "none"


@dataclass(frozen=True, slots=True)
class Windows:
    """Labelled windows, and where each of them came from; their samples stay in the recordings until they are taken.

    ``labels`` ``(N,)`` are indices into ``label_names``; ``recording``, ``start`` and ``repetition`` ``(N,)`` are the
    place in ``recordings`` and the window's first sample there (repetition -1: the recording counts none); ``length``,
    ``hop`` and ``memory`` are in samples. The ``memory`` is what came before a window and is taken with it; of it
    nothing is asked but that it was recorded. Windows are in the order of the recordings and of time.
    """

    labels: Indices
    recording: Indices
    start: Indices
    repetition: Indices
    label_names: tuple[str, ...]
    recordings: tuple[Recording, ...]
    length: int
    hop: int
    left_out: LeftOut
    memory: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def samples(self) -> Samples:
        """The samples of all windows, ``(N, memory + length, C)``."""
        return self.take(np.arange(len(self)))

    def take(self, chosen: Indices) -> Samples:
        """The samples of some windows with their memory, ``(M, memory + length, C)``."""
        channels, of = self.signal.channels, self.recording[chosen]
        width = (self.memory + self.length) * channels
        taken = np.empty((len(chosen), width), np.float32)
        for number in np.unique(of):
            here = np.flatnonzero(of == number)
            # a window is one stretch of memory, so that each is copied at once
            spans = sliding_window_view(np.ascontiguousarray(self.recordings[number].samples).ravel(), width)
            taken[here] = spans[(self.start[chosen[here]] - self.memory) * channels]
        return taken.reshape(len(chosen), -1, channels)

    @property
    def signal(self) -> Signal:
        """The signal that all recordings share."""
        return self.recordings[0].signal

    @property
    def source(self) -> Indices:
        """The number of the file each window came from, ``(N,)``."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(r.source for r in self.recordings))}
        return np.array([numbers[r.source] for r in self.recordings], np.int64)[self.recording]

    @property
    def session(self) -> Indices:
        """The number of the wearing (subject and session) each window belongs to, ``(N,)``."""
        wearings = [(recording.subject, recording.session) for recording in self.recordings]
        numbers = {wearing: number for number, wearing in enumerate(dict.fromkeys(wearings))}
        return np.array([numbers[wearing] for wearing in wearings], np.int64)[self.recording]

    @property
    def person(self) -> Indices:
        """The number of the person each window is of, ``(N,)``."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(r.subject for r in self.recordings))}
        return np.array([numbers[r.subject] for r in self.recordings], np.int64)[self.recording]

    @property
    def published_split(self) -> NDArray[np.str_]:
        """What the data set's authors keep each window's recording for (``Recording.published_split``), ``(N,)``."""
        return np.array([recording.published_split for recording in self.recordings])[self.recording]

    @property
    def force_n(self) -> NDArray[np.float32]:
        """The force measured at each window's last sample in newton, NaN where none was, ``(N,)``."""
        force = np.full(len(self), np.nan, np.float32)
        for number, recording in enumerate(self.recordings):
            if recording.force_n is not None:
                chosen = self.recording == number
                force[chosen] = recording.force_n[self.start[chosen] + self.length - 1]
        return force

    @property
    def pose(self) -> PoseTrack | None:
        """The pose at each window's last sample, ``(N, J)``, NaN where it is not known; None if it never is."""
        tracks = [one.pose for one in self.recordings if one.pose is not None]
        if not tracks:
            return None
        first = tracks[0]
        values = np.full((len(self), len(first.joints)), np.nan, np.float32)
        for number, recording in enumerate(self.recordings):
            if recording.pose is not None and recording.pose.joints == first.joints:
                chosen = self.recording == number
                values[chosen] = recording.pose.values[self.start[chosen] + self.length - 1]
        return replace(first, values=values)

    @property
    def group(self) -> Indices:
        """The number of the separate stretch (recording and repetition) each window belongs to, ``(N,)``."""
        span = int(self.repetition.max(initial=0)) + 2
        numbers: Indices = np.unique(self.recording * span + self.repetition + 1, return_inverse=True)[1]
        return numbers

    def group_name(self, group: int) -> str:
        """What to call a stretch in a report."""
        first = int(np.argmax(self.group == group))
        name = self.recordings[self.recording[first]].name
        return name if self.repetition[first] < 0 else f"{name}, repetition {self.repetition[first]}"

    def with_labels(self, label_names: tuple[str, ...]) -> Windows:
        """The same windows, their labels counted in the order of ``label_names``, which must hold all of them."""
        places = np.array([label_names.index(name) for name in self.label_names], np.int64)
        return replace(self, labels=places[self.labels], label_names=label_names)


def in_samples(milliseconds: float, signal: Signal, what: str) -> int:
    """A duration in samples of ``signal``.

    Raises:
        UsageError: it is shorter than one sample.
    """
    count = round(milliseconds * signal.rate_hz / 1000)
    if count < 1:
        raise UsageError(f"{what} of {milliseconds:g} ms is shorter than a sample at {signal.rate_hz:g} Hz")
    return count
