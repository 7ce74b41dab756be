"""What a decoder, an output or a reader can do beyond its role: emgctl checks for these protocols with ``isinstance``.

A class has a capability by having its members; deriving from the protocol is possible, but not needed. Properties must
work as soon as an object is constructed, since emgctl checks before it opens anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.plugin.decoder import Decoder, WindowSpec
from emgctl.types import Command, Recording, Request


@runtime_checkable
class HasModel(Protocol):
    """A decoder that loads a model file: ``emgctl calibrate`` can make that file, and messages name it."""

    @property
    def model_path(self) -> Path:
        """The model file, which may not exist yet."""

    @property
    def model_kind(self) -> str:
        """The kind on the model's card: "classifier", "grid", "contrastive", "pose", or a kind of the plugin's own."""


@runtime_checkable
class Rotatable(Protocol):
    """A decoder that compensates for an armband put on rotated; ``emgctl calibrate`` finds by how much.

    Its options have the key ``rotation``, which the command sets in the profile.
    """

    @property
    def rotation(self) -> int:
        """By how many electrodes the armband is rotated since training, as the profile has it."""


@runtime_checkable
class Selectable(Protocol):
    """A decoder that a run can restrict to some of its classes, for a layer, a gesture or an output."""

    def select(self, names: Sequence[str]) -> None:
        """Choose from these classes and rest only, from the next window on; none: from those in the profile.

        Raises:
            UsageError: a name is unknown, or there are too few to choose from.
        """


@runtime_checkable
class Adjustable(Protocol):
    """A decoder of whose options some, such as thresholds, can change during a run; the others need a new start."""

    @property
    def adjustable(self) -> Collection[str]:
        """The keys of these options."""

    def spec_with(self, options: Any) -> WindowSpec:
        """What ``open`` would return with these options, of which only adjustable ones differ from the present ones.

        Called once it is open, while another thread decodes: it only reads.

        Raises:
            EmgctlError: it can't work with them, and why.
        """

    def adjust(self, options: Any) -> None:
        """Use these as ``options`` from the next window on, at once; called between two windows."""


@runtime_checkable
class HasParts(Protocol):
    """A reader of files that may hold recordings made at the same time, such as two armbands': ``FILE#PART`` is one.

    The members are class methods, as all of a reader's are.
    """

    def parts(self, path: Path) -> Sequence[str]:
        """The names of what could be read from a file.

        Raises:
            FileError: as of ``read``.
        """

    def read_part(self, path: Path, part: str) -> Sequence[Recording]:
        """The recordings of one part.

        Raises:
            FileError: there is no such part; the remedy lists them. Or as of ``read``.
        """


@runtime_checkable
class MakesGrips(Protocol):
    """An output whose options map gestures to grips of a hand, under the keys ``control`` and ``grips``."""

    @property
    def grips(self) -> Mapping[str, Mapping[str, float]]:
        """Each grip that it can make: how far thumb, index, middle, ring and little finger close, 0 (open) to 1."""


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """What an open input receives: ``lines`` for people, and the ``options`` with which a profile states it."""

    lines: tuple[str, ...]
    options: Mapping[str, Any]


@runtime_checkable
class DescribesStream(Protocol):
    """An input that finds out what its device sends; ``emgctl devices --listen``."""

    def stream_description(self) -> StreamDescription:
        """What the open device sends."""


def select_classes(decoder: Decoder, names: Sequence[str]) -> None:
    """Restrict a decoder to these classes and rest; none: to those in the profile.

    Raises:
        EmgctlError: a name is unknown, there are too few, or the decoder can't be restricted.
    """
    if not isinstance(decoder, Selectable):
        raise UsageError(f"decoder '{decoder.kind}' decides among all its gestures; 'contrastive' lets you choose")
    decoder.select(names)


@runtime_checkable
class SelectsClasses(Selectable, Protocol):
    """A decoder that can be restricted to some of its classes without training; ``emgctl select``.

    Its options have the keys ``select`` (classes and contexts to choose from) and ``contexts`` (sets of classes by
    name), which the command sets in the profile. All but ``contexts`` is known only once the decoder is open.
    """

    def classes(self) -> tuple[str, ...]:
        """The names of all classes, including rest. A class may be given by its number in this order, from 0."""

    def selected(self) -> tuple[str, ...]:
        """The names of the classes it currently chooses from, including rest."""

    def contexts(self) -> Mapping[str, Sequence[str | int]]:
        """The sets of classes that have a name in the profile."""

    def resolve(
        self, names: Sequence[str | int], contexts: Mapping[str, Sequence[str | int]] | None = None
    ) -> tuple[str, ...]:
        """The names of the classes that ``names``, numbers and contexts stand for, each once.

        Args:
            names: of classes, their numbers, or of contexts.
            contexts: to be used instead of the profile's.

        Raises:
            UsageError: one is unknown, or a context contains itself.
        """


@runtime_checkable
class EstimatesConfusion(Protocol):
    """A decoder that knows, once it is open, how well sets of its classes can be distinguished; ``emgctl select``."""

    def expected_confusion(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The expected share of each class's windows that is predicted as each class ``(k, k)``; NaN where unknown."""

    def suggest(self, count: int, names: Sequence[str | int]) -> tuple[str, ...]:
        """The ``count`` classes, without rest, that are distinguished best and include ``names``.

        Raises:
            UsageError: a name is unknown, or there are not enough classes.
        """


@runtime_checkable
class Probeable(Protocol):
    """An output that can be tested without an armband; ``emgctl osc test``.

    Only for outputs to which a test does no harm: it must not move a hand or press keys in whatever has the focus.
    """

    def probe(self, command: Command) -> str:
        """Do what ``send`` does, and return where the command went, such as "127.0.0.1:9000"."""


@runtime_checkable
class RemoteControl(Protocol):
    """An output through which other processes on this computer reach the run; used while the output is not open."""

    @property
    def remote_address(self) -> str:
        """Where a run with these options can be reached, such as "127.0.0.1:8765"; "" if it cannot."""

    def forward(self, request: Request) -> None:
        """Send ``request`` to the run at that address.

        Raises:
            DeviceError: there is none, or it does not accept the request.
        """
