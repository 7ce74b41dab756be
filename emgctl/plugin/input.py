"""Inputs: devices, simulators and recordings that deliver samples."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from emgctl.plugin.plugin import Options, Plugin
from emgctl.types import Led, SampleBlock, Signal, Vibrate


class EndOfRecording(Exception):  # noqa: N818 - an end, like StopIteration, and not an error
    """Raised by :meth:`Input.read` when a recording has been played to its end."""


class Input(Plugin):
    """A source of samples: a device, a simulator or a file.

    ``argument`` names the option that ``--input KIND:ARGUMENT`` sets. ``live`` is False for a recording: every due
    window of it is decoded, while a live input that fell behind has only its newest window decoded. ``status`` is
    what the device reports of itself (battery, packets lost ...), as plain values, for ``--stats`` and the console.
    """

    argument: ClassVar[str] = ""
    live: ClassVar[bool] = True

    def __init__(self, options: Options) -> None:
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

    def check_cue(self, label: str) -> None:
        """Check a label, of an open input, before anybody is asked for it. By default, everything can be done.

        Raises:
            EmgctlError: the person that is recorded or simulated can't do that, with what they can.
        """

    def cue(self, label: str) -> None:
        """What the person is asked to do from now on. A recorded or simulated person obeys; a device needn't know.

        Raises:
            EmgctlError: the person that is simulated can't do that.
        """
