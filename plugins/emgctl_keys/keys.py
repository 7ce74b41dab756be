"""Input ``keys``: keys of a keyboard, pedals and buttons of a gamepad as a signal, a channel each."""

from __future__ import annotations

import math
import os
import select
import sys
import time
from collections.abc import Iterable
from typing import Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import DeviceError, did_you_mean, missing_extra
from emgctl.plugin import Input, Options
from emgctl.support.diagnostics import Device, Diagnostic, library
from emgctl.types import SampleBlock, Signal
from emgctl_keys.events import KeyEvents

RATE_HZ = 100.0
MOST_LATE_S = 1.0  # after which the samples of a process that was stopped are not made up
_DENIED = "run: sudo usermod -aG input $USER and log in again"
_OTHERWISE = "switch the layer with a gesture instead (docs/mapping.md)"
_LIST = "`emgctl devices` lists them"

KeyNames = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+$", description="a key's name in small letters")], ...],
    Field(min_length=1, max_length=64, examples=[["leftshift"]]),
]


class KeysOptions(Options):
    """Which ``device``, and which of its ``keys``.

    Names are the kernel's, as ``evtest`` shows them, in small letters and without KEY_: ``leftshift``, ``btn_south``.
    """

    device: Annotated[str, Field(min_length=1, examples=["/dev/input/by-id/usb-Pedal-event-kbd"])]
    keys: KeyNames


class KeysInput(Input):
    """Keys, pedals or gamepad buttons, to switch the layers of another input (Linux).

    Other programs get the keys as well.
    """

    kind = "keys"
    argument = "device"
    Options = KeysOptions
    options: KeysOptions
    _device: int | None = None
    _events: KeyEvents
    _begun_s = 0.0
    _made = 0

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Linux, and the library that has the names of keys."""
        if sys.platform == "linux":
            yield library("evdev", "keyboard")
        else:
            yield Diagnostic("devices of the Linux kernel", False, "not on this system", _OTHERWISE)

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - they are there at once
        """The devices with keys that may be read; none where there is no Linux."""
        if sys.platform != "linux":
            return
        try:
            import evdev
        except ImportError as error:
            raise missing_extra("keys", "evdev", "keyboard") from error
        for path in evdev.list_devices():
            one = evdev.InputDevice(path)
            if evdev.ecodes.EV_KEY in one.capabilities():
                yield Device(cls.kind, path, one.name)
            one.close()

    def open(self) -> Signal:
        """Open the device.

        Raises:
            DeviceError: it is missing, not permitted, or a key has another name; or this is not Linux.
        """
        if sys.platform != "linux":
            raise DeviceError("keys", "reads devices of the Linux kernel, which this system does not have", _OTHERWISE)
        codes = tuple(_code(name) for name in self.options.keys)
        path = self.options.device
        try:
            self._device = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError as error:
            raise DeviceError("keys", f"there is no {path}", _LIST) from error
        except PermissionError as error:
            raise DeviceError("keys", f"no permission to read {path}", _DENIED) from error
        except OSError as error:
            raise DeviceError("keys", f"{path} can't be opened: {error.strerror}", _LIST) from error
        self._events = KeyEvents(self._device, codes)
        self._begun_s, self._made = time.perf_counter(), 0
        return Signal(len(codes), RATE_HZ, names=self.options.keys)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The samples since the last ones, 1 for a key that is down and 0 for one that is not.

        Raises:
            DeviceError: the device is gone.
        """
        if (device := self._device) is None:
            raise DeviceError("keys", "is not open")
        until_s = time.perf_counter() + timeout_s
        due_s = min(self._begun_s + (self._made + 1) / RATE_HZ, until_s)
        while (left_s := due_s - time.perf_counter()) > 0 or _is_readable(device, 0.0):
            if _is_readable(device, max(left_s, 0.0)):
                try:
                    self._events.read()
                except OSError as error:
                    raise DeviceError("keys", f"{self.options.device} is gone", "plug it in again") from error
        now_s = time.perf_counter()
        due = math.floor((now_s - self._begun_s) * RATE_HZ)
        start = max(self._made, due - round(MOST_LATE_S * RATE_HZ))
        if due <= start:
            return None
        self._made = due
        return SampleBlock(np.tile(np.array(self._events.down(), np.float32), (due - start, 1)), start, now_s)

    def close(self) -> None:
        """Close the device."""
        device, self._device = self._device, None
        if device is not None:
            os.close(device)


def _is_readable(device: int, wait_s: float) -> bool:
    return bool(select.select([device], [], [], wait_s)[0])


def _code(name: str) -> int:
    """The kernel's number of a key.

    Raises:
        DeviceError: there is no such key.
    """
    try:
        from evdev import ecodes
    except ImportError as error:
        raise missing_extra("keys", "evdev", "keyboard") from error
    known = {
        key.removeprefix("KEY_").lower(): code for key, code in ecodes.ecodes.items() if key[:4] in ("KEY_", "BTN_")
    }
    if name not in known:
        raise DeviceError("keys", f"there is no key '{name}'{did_you_mean(name, known)}", "evtest shows the names")
    return int(known[name])
