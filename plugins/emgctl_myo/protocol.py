"""The Myo's Bluetooth protocol: UUIDs, commands and data layout.

From the public header myohw.h (github.com/thalmiclabs/myo-bluetooth) and, where it is silent or wrong, from working
clients (pyomyo, dl-myo): all numbers are little-endian; mode 1 and the LED command are not in the header.
"""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Buzz

Mode = Literal["raw", "filtered", "envelope"]

PODS = 8
EMG_HZ, ENVELOPE_HZ, IMU_HZ = 200.0, 50.0, 50.0
SAMPLES_A_PACKET = 2


def uuid(short: int) -> str:
    """The full UUID of one of the Myo's own services or characteristics."""
    return f"d506{short:04x}-a904-deb9-4748-2c7f4a124842"


def standard_uuid(short: int) -> str:
    """The full UUID of one assigned by the Bluetooth SIG."""
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


CONTROL_SERVICE = uuid(0x0001)
"""The service an armband advertises; its name can be changed by the owner."""

INFO, FIRMWARE, COMMAND = uuid(0x0101), uuid(0x0201), uuid(0x0401)
IMU_SERVICE, IMU, MOTION_EVENT = uuid(0x0002), uuid(0x0402), uuid(0x0502)
CLASSIFIER_SERVICE, CLASSIFIER_EVENT = uuid(0x0003), uuid(0x0103)
ENVELOPE_SERVICE, ENVELOPE = uuid(0x0004), uuid(0x0104)
EMG_SERVICE = uuid(0x0005)
EMG = tuple(uuid(short) for short in (0x0105, 0x0205, 0x0305, 0x0405))
"""The four characteristics used in turn: each carries every fourth packet, so all must be subscribed to."""

BATTERY_SERVICE, BATTERY = standard_uuid(0x180F), standard_uuid(0x2A19)

_MODES: dict[Mode, int] = {"envelope": 1, "filtered": 2, "raw": 3}
_BUZZES: dict[Buzz, int] = {"short": 1, "medium": 2, "long": 3}


def set_mode(mode: Mode | None, imu: bool = False) -> bytes:
    """Command 1: select what is streamed. The armband's own pose classifier, and its vibrations, stay off."""
    return bytes([1, 3, _MODES[mode] if mode else 0, 1 if imu else 0, 0])


def vibrate(length: Buzz) -> bytes:
    """Command 3: vibrate."""
    return bytes([3, 1, _BUZZES[length]])


def never_sleep(never: bool = True) -> bytes:
    """Command 9: set whether the armband falls asleep."""
    return bytes([9, 1, int(never)])


def led(logo: str, line: str) -> bytes:
    """Command 6, missing from the header: set the colors ``rrggbb`` of the logo and of the line below it."""
    return bytes([6, 6]) + bytes.fromhex(logo) + bytes.fromhex(line)


class Firmware(NamedTuple):
    """Firmware version and hardware revision."""

    major: int
    minor: int
    patch: int
    hardware: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def firmware(data: bytes) -> Firmware | None:
    """Parse characteristic 0x0201 (four uint16), None if it is something else."""
    return Firmware(*struct.unpack("<4H", data)) if len(data) == 8 else None


def emg(data: bytes) -> NDArray[np.float32] | None:
    """Parse the two samples ``(2, 8)`` of an EMG packet (16 int8), None if the length is wrong."""
    if len(data) != SAMPLES_A_PACKET * PODS:
        return None
    return np.frombuffer(data, np.int8).reshape(SAMPLES_A_PACKET, PODS).astype(np.float32)


def envelope(data: bytes) -> NDArray[np.float32] | None:
    """Parse the sample ``(1, 8)`` of an envelope packet (8 uint16 and an unknown byte), None if the length is wrong."""
    if len(data) not in (16, 17):
        return None
    return np.frombuffer(data[:16], "<u2").reshape(1, PODS).astype(np.float32)


_IMU_SCALE = np.array([1 / 16384] * 4 + [1 / 2048] * 3 + [1 / 16] * 3, np.float32)


def imu(data: bytes) -> NDArray[np.float32] | None:
    """Parse the motion row ``(10,)`` of an IMU packet (10 int16), None if the length is wrong."""
    return np.frombuffer(data, "<i2").astype(np.float32) * _IMU_SCALE if len(data) == 20 else None


def imu_packet(row: NDArray[np.float32]) -> bytes:
    """Build the packet that :func:`imu` parses."""
    limits = np.iinfo(np.int16)
    return bytes(np.clip(np.rint(row / _IMU_SCALE), limits.min, limits.max).astype("<i2").tobytes())
