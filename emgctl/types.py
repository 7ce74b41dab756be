"""The values that travel through emgctl: Signal, SampleBlock, Prediction and Command.

Conventions, stated once: arrays are ``(T, C)``, time first, and are never transposed at a boundary; durations are
seconds; a unit stands in the name or in the :class:`Signal`. Two clocks exist and are never mixed:

* the **sample clock**, ``index / rate_hz`` seconds since the input's sample 0 (``time_s``, ``window_end_s``), which
  makes a replay repeatable to the bit, and
* the **monotonic clock**, :func:`time.perf_counter` (``received_s``), which only measures delays and silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""EMG samples, ``(T, C)`` float32, in the unit of their :class:`Signal`."""

Unit = Literal["uV", "count"]

_NOTHING: Mapping[str, float] = MappingProxyType({})
_ALONE: Mapping[str, Command] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Signal:
    """What an input delivers; known before its first sample.

    ``grid`` is ``(rows, columns)`` of an electrode grid, in channel order row by row; ``names`` has one name a channel
    or is empty. ``motion_hz`` is the rate of the motion rows that come with the samples, 0 where there are none.
    """

    channels: int
    rate_hz: float
    unit: Unit = "count"
    grid: tuple[int, int] | None = None
    names: tuple[str, ...] = ()
    motion_hz: float = 0.0

    def __str__(self) -> str:
        grid = f" ({self.grid[0]} x {self.grid[1]})" if self.grid else ""
        return f"{self.channels} channels{grid} at {self.rate_hz:g} Hz in {self.unit}"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """What is made from the sample ``offset`` of a block on: ``label``, "" if unknown, for the ``repetition``-th time.

    A ``repetition`` of -1 means that they are not counted.
    """

    offset: int
    label: str
    repetition: int = -1


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Consecutive samples: ``samples`` ``(T, C)``, ``start`` the index of the first, so that a gap shows.

    ``received_s`` is the monotonic time at which the last of them reached this computer. ``motion`` ``(N, 10)`` holds
    the rows of an IMU that arrived with these samples: a unit quaternion w x y z, the acceleration x y z in g and the
    angular velocity x y z in degrees a second. ``label_changes``, in order, come with a recorded or simulated person.
    """

    samples: Samples
    start: int
    received_s: float
    motion: Samples | None = None
    label_changes: tuple[LabelChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Gesture:
    """A classifier's decision over the window that ended at ``window_end_s`` of the sample clock.

    ``confidence`` in [0, 1] belongs to ``label``; ``probabilities`` are the decoder's, before any post-processing;
    ``intensity`` in [0, 1] is how hard the muscles work relative to the calibrated maximum. ``rejected`` says that
    the decision fell back to rest because nothing was certain enough: it does not count as a rest that was *seen*.
    ``levels`` has how hard each muscle works, in [0, 1], where the decoder measures muscles one by one.
    """

    label: str
    confidence: float
    probabilities: Mapping[str, float]
    intensity: float
    window_end_s: float
    rejected: bool = False
    levels: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pose:
    """A regressor's joint angles ``(J,)`` in radians, named by ``joints``, at ``window_end_s`` of the sample clock.

    ``confidence`` in [0, 1] says how much better than always the mean pose they are expected to be; ``intensity`` in
    [0, 1] is how hard the muscles work. ``resting``: they are at rest, which is what safety waits for.
    """

    joints: tuple[str, ...]
    angles_rad: NDArray[np.float32]
    window_end_s: float
    confidence: float = 1.0
    intensity: float = 0.0
    resting: bool = False


Prediction = Gesture | Pose

Buzz = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class Vibrate:
    """A wish that the input vibrate."""

    length: Buzz = "short"


@dataclass(frozen=True, slots=True)
class Led:
    """A wish that the input shine in ``colour`` (``rrggbb``), or as its options say (None)."""

    colour: str | None = None


@dataclass(frozen=True, slots=True)
class StopRequest:
    """A request that everything stop, or go on; ``by`` names who asks.

    ``pause`` until ``resume``; ``toggle`` is whichever of the two applies; ``kill`` lasts until the run ends.
    """

    how: Literal["pause", "resume", "toggle", "kill"]
    by: str


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """What became of a :class:`StopRequest`: every output is in its ``state``, except those in ``missing``.

    ``took_s`` is the time from the request to the last output's confirmation. ``missing`` names the outputs that did
    not confirm in time, each with the reason ("hand: not connected").
    """

    state: Literal["running", "paused", "killed"]
    took_s: float
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = {"running": "running again, after rest", "paused": "stopped (paused)", "killed": "stopped"}
        missing = f"; not confirmed by {', '.join(self.missing)}" if self.missing else ""
        return f"{words[self.state]} in {1000 * self.took_s:.1f} ms{missing}"


@dataclass(frozen=True, slots=True)
class Recentre:
    """A wish that the forearm's present orientation be the centre."""


@dataclass(frozen=True, slots=True)
class Select:
    """A wish that the decoder decide among these gestures only; none: as the profile says."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """What the person is asked to do from now on; a recorded or simulated one obeys, a device ignores it."""

    label: str


@dataclass(frozen=True, slots=True)
class OuterLayer:
    """The layer in which the mapping of another input of the run is now, "" for its base."""

    input: str
    layer: str


Request = Vibrate | Led | StopRequest | Recentre | Select | Cue | OuterLayer
"""What a mapping or an output may ask of the run and of its input, beside commands to outputs."""


Cause = Literal["", "waiting", "asleep", "silence", "fault", "halt", "end"]


@dataclass(frozen=True, slots=True)
class Command:
    """What every output is told: the complete state of all controls, never a change.

    ``axes`` are in [-1, 1] or [0, 1], ``joints`` in radians. ``prediction`` is what the command came from (None for a
    neutral one that no decision caused) and ``reason`` says why a command is neutral although the decoder may have
    said otherwise ("" in normal operation). ``cause`` sorts the reasons, for outputs that act on them differently:
    waiting for rest, asleep until the wake gesture, a silent input, a fault (lost input, gap, NaN, decoder), halted by
    the user, the end of the run. ``layer`` is the mapping's active layer, "" for the base. Where several inputs drive
    one output, ``inputs`` has the command of each by its name: the controls are those of all, ``time_s`` is that of the
    input whose command came last, there is a ``reason`` only if all are neutral, and no ``prediction``.
    """

    time_s: float
    axes: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    buttons: frozenset[str] = frozenset()
    joints: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    prediction: Prediction | None = None
    reason: str = ""
    cause: Cause = ""
    layer: str = ""
    inputs: Mapping[str, Command] = field(default_factory=lambda: _ALONE)

    @classmethod
    def neutral(
        cls, time_s: float, reason: str = "", prediction: Prediction | None = None, cause: Cause = ""
    ) -> Command:
        """The command in which nothing is pressed and nothing moves."""
        return cls(time_s, prediction=prediction, reason=reason, cause=cause)

    @property
    def is_neutral(self) -> bool:
        """True when no button is pressed, every axis is zero and no joint is driven."""
        return not self.buttons and not self.joints and not any(self.axes.values())


@dataclass(frozen=True, slots=True)
class Motion:
    """What an IMU recorded: ``rows`` ``(N, 10)`` as in :class:`SampleBlock`, each at the sample it arrived with."""

    at: NDArray[np.int64]
    rows: Samples

    def between(self, begin: int, end: int) -> Samples | None:
        """The rows of the samples from ``begin`` up to ``end``, None if there are none."""
        first, last = np.searchsorted(self.at, (begin, end))
        return self.rows[first:last] if last > first else None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What an output's device told during a run: ``rows`` ``(N, K)`` of the values ``names``, at these samples.

    ``notes`` are what it said in words, each with its sample: faults, "" when they were over.
    """

    at: NDArray[np.int64]
    names: tuple[str, ...]
    rows: Samples
    notes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PoseTrack:
    """The hand's pose at every sample: ``values`` ``(T, J)`` of the ``joints``, NaN where it is not known.

    ``unit`` is "rad" for joint angles, "raw" for a glove's sensors that nobody has calibrated.
    """

    joints: tuple[str, ...]
    values: NDArray[np.float32]
    unit: Literal["rad", "raw"] = "rad"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded signal with what is known about each sample; what a dataset reader returns and replay plays.

    ``samples`` is ``(T, C)``. ``labels`` holds indices into ``label_names`` (-1: unknown) and ``repetitions`` the
    number of the repetition or of the separate recording a sample belongs to; both are ``(T,)`` or None. A window
    never crosses a change of either. ``source`` names the file, for messages and for splits by file.
    ``force_n`` ``(T,)`` is a force in newton that was measured beside it, ``pose`` the hand's pose. ``telemetry``
    is what each output's device (a hand) reported. ``published_split`` is what the data set's authors keep it for:
    "train", "val" or "test", and behind "test " what is held out there ("test user"); "" where they don't say.
    ``small_movements`` ``(T,)`` is True where the person moved without making a gesture, whatever the label; None if
    that is not known of any sample. ``notes`` are sentences about what the reader assumed or left out.
    """

    name: str
    signal: Signal
    samples: Samples
    source: str
    labels: NDArray[np.int16] | None = None
    label_names: tuple[str, ...] = ()
    repetitions: NDArray[np.int16] | None = None
    session: str = ""
    subject: str = ""
    motion: Motion | None = None
    force_n: NDArray[np.float32] | None = None
    pose: PoseTrack | None = None
    published_split: str = ""
    telemetry: Mapping[str, Telemetry] = field(default_factory=lambda: MappingProxyType({}))
    small_movements: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """The recording's length in seconds of its sample clock."""
        return len(self.samples) / self.signal.rate_hz


def is_rest(prediction: Prediction | None, rest: str) -> bool:
    """True for a rest that was seen, not for a rejection; of a pose, where the muscles are at rest."""
    if isinstance(prediction, Pose):
        return prediction.resting
    return isinstance(prediction, Gesture) and prediction.label == rest and not prediction.rejected
