"""What a plugin author subclasses: Input, Decoder, Output, DatasetReader and their Options.

A plugin class names its ``kind`` (the word used in a profile) and its ``Options`` (a pydantic model, so that a wrong
profile is explained before anything is opened). Device libraries are imported in ``open``, never at module import.
The docstring's first line is what ``emgctl plugins`` shows. :mod:`emgctl.testing` has the contract tests and fakes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

from emgctl.dsp.preprocessing import NOTHING, Preprocessing
from emgctl.errors import UsageError
from emgctl.support.diagnostics import Device, Diagnostic
from emgctl.types import (
    Command,
    Led,
    Prediction,
    Recording,
    Request,
    SampleBlock,
    Samples,
    Signal,
    StopAnswer,
    StopRequest,
    Vibrate,
)

if TYPE_CHECKING:
    from emgctl.stats import Stats


class EndOfRecording(Exception):  # noqa: N818 - an end, like StopIteration, and not an error
    """Raised by :meth:`Input.read` when a recording has been played to its end."""


class Options(BaseModel):
    """The options of one plugin: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _inside_folder(path: Path, info: ValidationInfo) -> Path:
    folder: Path | None = (info.context or {}).get("folder")
    if folder is None:
        return path
    resolved = (folder / path).resolve()
    if not resolved.is_relative_to(folder.resolve()):
        raise ValueError(f"'{path}' lies outside the profile's folder, which a profile must not leave")
    return resolved


ProfilePath = Annotated[Path, AfterValidator(_inside_folder)]
"""A path in a profile: relative to the profile's folder, and never outside it. A path given on the command
line (``--input replay:FILE``) is the user's own and is taken as it is."""


class Plugin(ABC):
    """What every kind of plugin has: a ``kind``, ``Options``, and being constructed from them without side effects.

    ``package`` is the distribution it came from, with its version ("emgctl-hello 0.1.0"); the registry sets it.
    """

    kind: ClassVar[str]
    package: ClassVar[str] = ""
    Options: ClassVar[type[Options]] = Options

    @classmethod
    def summary(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """What it needs of the system (packages, permissions, services), for ``emgctl doctor``. Opens no device."""
        return ()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - there are none
        """The devices it could use now, for ``emgctl devices``; a radio may listen for so many seconds.

        Raises:
            DeviceError: they can't be looked for, and why.
        """
        return ()


class Input(Plugin):
    """A source of samples: a device, a simulator or a file.

    ``argument`` names the option that ``--input KIND:ARGUMENT`` sets. ``live`` is False for a recording: every due
    window of it is decoded, while a live input that fell behind has only its newest window decoded. ``status`` is
    what the device tells of itself (battery, packets lost ...), as plain values, for ``--stats`` and the console.
    """

    argument: ClassVar[str] = ""
    live: ClassVar[bool] = True

    def __init__(self, options: Any) -> None:
        self.options = options
        self.status: dict[str, Any] = {}

    @property
    def paced(self) -> bool:
        """True where samples come at the signal's own speed, so that it matters how fast they are decoded."""
        return self.live

    @abstractmethod
    def open(self) -> Signal:
        """Connect and return what will be delivered. Also called to reconnect, after :meth:`close`.

        Raises:
            DeviceError: the device is missing, busy or not permitted, with the remedy.
            FileError: a file can't be read.
        """

    @abstractmethod
    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block as soon as it is there, or None after ``timeout_s`` of silence.

        Raises:
            EndOfRecording: there will be no more samples.
            DeviceError: the connection is lost; emgctl closes and reopens with backoff.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device. May be called twice, and without :meth:`open`."""

    def request(self, request: Vibrate | Led) -> None:
        """Vibrate or shine, if the device can; returns at once and never raises."""

    def prefer(self, signal: Signal) -> None:
        """What the decoder was trained on: of several devices that the options fit, take one that delivers this.

        Called before the first :meth:`open`, if at all; an input that has nothing to choose from needn't know.
        """

    def cue(self, label: str) -> None:
        """What the person is asked to do from now on. A recorded or simulated person obeys; a device needn't know.

        Raises:
            EmgctlError: the person that is simulated can't do that.
        """


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """How a decoder wants its ``signal`` cut: ``length`` and ``hop`` in samples.

    ``labels`` are those it can give; ``rest`` is the one that says the person rests, "" if rest can't be seen.
    ``preprocessing`` is done to the samples before they are cut. A decision lasts ``min_dwell_s`` at least. ``every``:
    the decoder remembers, so that no window may be skipped for a newer one. ``joints`` are those of its poses.
    """

    signal: Signal
    length: int
    hop: int
    labels: tuple[str, ...] = ()
    rest: str = ""
    preprocessing: Preprocessing = NOTHING
    min_dwell_s: float = 0.0
    every: bool = False
    joints: tuple[str, ...] = ()


class Decoder(Plugin):
    """Turns a window of samples into a Prediction."""

    def __init__(self, options: Any) -> None:
        self.options = options

    @abstractmethod
    def open(self) -> WindowSpec:
        """Load the model, warm it up, and return the window it wants and the signal it was trained on.

        Raises:
            ModelError: the file is missing, damaged, of another kind, or not the one whose sha256 was given.
        """

    @abstractmethod
    def decode(self, window: Samples, window_end_s: float) -> Prediction:
        """Decode one window ``(length, channels)``; the array is a view that is only valid during the call."""

    @abstractmethod
    def reset(self) -> None:
        """Forget what came before: called after a gap, a fault and a reconnect."""

    def select(self, names: Sequence[str]) -> None:  # noqa: ARG002 - can't
        """Decide among these gestures only, from the next window on; none: among those the profile says.

        Raises:
            EmgctlError: one is not known, or this decoder can't choose.
        """
        raise UsageError(f"decoder '{self.kind}' decides among all its gestures; 'contrastive' lets you choose")

    def close(self) -> None:
        """Release the model."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The buttons, axes and joints an output knows, for checking a mapping before anything moves.

    Axes have the range [-1, 1], those that are also ``one_sided`` (a trigger) [0, 1]: below 0 they stay at 0.
    ``alike`` has names of other devices' controls with the name of the one here that is in their place, for messages.
    """

    buttons: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    joints: frozenset[str] = frozenset()
    one_sided: frozenset[str] = frozenset()
    alike: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RunContext:
    """What an output may want to know about the run it serves.

    ``ask`` passes a wish on to the run (a game's rumble to the armband, a stop to everything), from any thread.
    ``tell`` takes what the device tells of itself, the values of ``Output.tells`` in their order and a note in words:
    it is shown, and recorded. ``joints`` are those of a decoder of poses, in the order of its angles.
    ``halt`` stops every output at once, past the loop, and returns when each has confirmed, from any thread.
    ``rest``, ``stale_after_s`` and ``wait_for_rest`` are the run's safety rules, for an output that judges them itself.
    """

    user: str
    signal: Signal
    labels: tuple[str, ...]
    stats: Stats
    ask: Callable[[Request], None] = lambda _: None
    tell: Callable[[Sequence[float], str], None] = lambda _values, _note: None
    joints: tuple[str, ...] = ()
    halt: Callable[[StopRequest], StopAnswer] = lambda _: StopAnswer("running", 0.0)
    rest: str = "rest"
    stale_after_s: float = 0.2
    wait_for_rest: bool = True


class Output(Plugin):
    """Carries commands to a game, a program or a hand.

    ``slow`` outputs (a serial line, a terminal) get a latest-wins slot and a writer thread from the core, so that
    ``send`` may take its time; all others must return at once. A ``resend_s`` that is not None makes the core repeat
    the last command that often (a keep-alive), from the same writer thread. ``controls`` is None when any name goes.
    With ``wants_samples`` a fast output gets the input's samples too, as they arrive. One with ``wants_heartbeat``
    (a process of its own that drives a hand) is told while the loop is alive; see :meth:`heartbeat`. One that
    ``stands_by`` takes neutral commands also while it is lost: a spare process still reaches the device.
    """

    slow: ClassVar[bool] = False
    controls: Controls | None = None
    wants_samples: bool = False
    wants_heartbeat: bool = False
    stands_by: bool = False

    def __init__(self, options: Any) -> None:
        self.options = options

    @property
    def resend_s(self) -> float | None:
        """The keep-alive period in seconds, or None; only slow outputs have one."""
        return None

    @property
    def tells(self) -> tuple[str, ...]:
        """The names of the values that ``Session.tell`` will be called with, with their units."""
        return ()

    def problems(self, spec: WindowSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:  # noqa: ARG002 - most know none
        """What can't work with a decoder, as far as that can be known without opening: key in the options, and text."""
        return ()

    @abstractmethod
    def open(self, session: RunContext) -> None:
        """Connect. Also called to reconnect, after :meth:`close`.

        Raises:
            DeviceError: what is missing or not permitted, with the remedy.
        """

    @abstractmethod
    def send(self, command: Command) -> None:
        """Make the device do what ``command`` says. A neutral command must always be obeyed.

        Raises:
            Exception: any: the output counts as lost and is reopened with backoff; the others go on.
        """

    def heartbeat(self, at_s: float) -> None:
        """The loop was alive at ``at_s`` (:func:`time.perf_counter`): the last command still holds.

        Called from the loop's thread several times in each ``stale_after_s``, so it must never block; what it raises
        counts as of ``send``. An output that hears nothing for ``stale_after_s`` must become safe by itself.
        """

    def samples(self, block: SampleBlock) -> None:
        """Take samples of the input; called only where ``wants_samples``. What it raises counts as of ``send``."""

    @abstractmethod
    def close(self) -> None:
        """Release the device, after the core has sent a neutral command. May be called twice."""


class Simulator(Plugin):
    """Plays a device that isn't there, for people without one and for tests; ``emgctl simulate KIND``.

    ``argument`` names the option that is given without its name.
    """

    argument: ClassVar[str] = ""

    def __init__(self, options: Any) -> None:
        self.options = options

    @abstractmethod
    def run(self, should_stop: Callable[[], str]) -> None:
        """Play until ``should_stop`` gives a reason; what happens is told on stdout, a line of JSON each.

        Raises:
            EmgctlError: it can't be played, and why.
        """


class DatasetReader(Plugin):
    """Reads recordings of one file format, for training, evaluation and replay."""

    @classmethod
    @abstractmethod
    def detects(cls, path: Path) -> bool:
        """True when ``path`` (a file or folder) is of this format, judged quickly and without raising."""

    @classmethod
    @abstractmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """All recordings under ``path``.

        Raises:
            FileError: the path, the place in it and what is wrong.
        """
