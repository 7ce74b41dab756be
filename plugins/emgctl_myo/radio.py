"""The radio: finding armbands and talking to them. bleak is the real one; a test may bring another."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emgctl.errors import DeviceError, missing_extra
from emgctl_myo.protocol import CONTROL_SERVICE

SCAN_AGAIN_S = 3.0  # a radio may tell of each armband only once a scan, and that may be missed
_GRACE_S = 2.0
SETTLE_S = 1.0  # how long the scan goes on after the first armband was heard, in case another is nearer


@dataclass(frozen=True, slots=True)
class Found:
    """An armband that was heard: its address, its name, how strongly it was heard, and the radio's own handle."""

    address: str
    name: str
    rssi_dbm: int
    handle: Any


class Link(Protocol):
    """A connection to an armband."""

    async def read(self, uuid: str) -> bytes:
        """Read a characteristic."""

    async def write(self, uuid: str, data: bytes) -> None:
        """Write a characteristic, and wait until the armband has it."""

    async def notify(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        """Have ``heard`` called with whatever the characteristic sends."""

    async def disconnect(self) -> None:
        """End the connection."""


class Radio(Protocol):
    """What can find armbands and connect to them. Any error that is no DeviceError counts as a lost link."""

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:
        """The armbands that were heard, the nearest first, until ``enough`` says so or ``seconds`` have passed.

        With ``settle`` it goes on for a moment, in case another is nearer.
        """

    async def connect(self, found: Found, seconds: float, lost: Callable[[], None]) -> Link:
        """Connect; ``lost`` is called when the link is."""


class BleakRadio:
    """This computer's own Bluetooth, through bleak (BlueZ, WinRT, CoreBluetooth)."""

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:
        """Listen to advertisements of the Myo's service."""
        bleak = _bleak()
        found: dict[str, Found] = {}
        changed = asyncio.Event()

        def heard(device: Any, advertisement: Any) -> None:
            if CONTROL_SERVICE in advertisement.service_uuids:
                found[device.address] = Found(device.address, device.name or "", advertisement.rssi, device)
                changed.set()

        deadline_s = time.monotonic() + seconds
        try:
            while not enough(list(found.values())) and time.monotonic() < deadline_s:
                async with bleak.BleakScanner(heard, service_uuids=[CONTROL_SERVICE]):
                    again_s = min(time.monotonic() + SCAN_AGAIN_S, deadline_s)
                    while not enough(list(found.values())) and (left_s := again_s - time.monotonic()) > 0:
                        changed.clear()
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(changed.wait(), left_s)
                    if settle and enough(list(found.values())):
                        await asyncio.sleep(min(SETTLE_S, seconds))
        except Exception as error:  # bleak raises what D-Bus, WinRT or CoreBluetooth raise
            raise _why(error) from error
        return sorted(found.values(), key=lambda one: -one.rssi_dbm)

    async def connect(self, found: Found, seconds: float, lost: Callable[[], None]) -> Link:
        """Connect to an armband that a scan has found."""
        client = _bleak().BleakClient(found.handle, disconnected_callback=lambda _: lost(), timeout=seconds)
        try:
            async with asyncio.timeout(seconds + _GRACE_S):  # bleak's own limit leaves out some of its steps
                await client.connect()
        except BaseException as error:
            # a client that is dropped while it connects would connect later, and keep the armband from the next one
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GRACE_S):
                    await client.disconnect()
            if not isinstance(error, Exception):
                raise
            raise DeviceError(
                f"myo {found.address}",
                f"does not let itself be connected ({str(error) or type(error).__name__})",
                "end other programs that use it, or bring it nearer",
            ) from error
        return _BleakLink(client)


class _BleakLink:
    def __init__(self, client: Any) -> None:
        self._client = client

    async def read(self, uuid: str) -> bytes:
        return bytes(await self._client.read_gatt_char(uuid))

    async def write(self, uuid: str, data: bytes) -> None:
        await self._client.write_gatt_char(uuid, data, response=True)

    async def notify(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        await self._client.start_notify(uuid, lambda _, data: heard(bytes(data)))

    async def disconnect(self) -> None:
        await self._client.disconnect()


def _bleak() -> Any:
    try:
        import bleak
    except ImportError as error:
        raise missing_extra("myo", "bleak", "myo") from error
    return bleak


def _why(error: Exception) -> DeviceError:
    """What a failing Bluetooth means, and what to do."""
    text = str(error) or type(error).__name__
    reason = getattr(getattr(error, "reason", None), "name", "")
    if reason == "POWERED_OFF" or "NotReady" in text or "not ready" in text.lower() or "powered" in text.lower():
        remedy = "run: bluetoothctl power on" if sys.platform == "linux" else "switch Bluetooth on"
        return DeviceError("myo", "Bluetooth is switched off", remedy)
    if reason.startswith("DENIED") or "AccessDenied" in text or "not authorized" in text.lower():
        remedy = (
            "run: sudo usermod -aG bluetooth $USER, and log in again"
            if sys.platform == "linux"
            else "allow it for this terminal in the system's privacy settings"
        )
        return DeviceError("myo", "you may not use Bluetooth", remedy)
    if "org.bluez was not provided" in text or "ServiceUnknown" in text or isinstance(error, FileNotFoundError):
        return DeviceError(
            "myo", "the Bluetooth service does not run", "run: sudo apt install bluez && sudo systemctl start bluetooth"
        )
    if "adapter" in text.lower() or reason in ("NO_BLUETOOTH", "NO_BLE_CENTRAL_ROLE") or "hci0" in text:
        return DeviceError(
            "myo",
            "this computer has no Bluetooth adapter that speaks Low Energy",
            "plug one in (the Myo's own blue dongle is none that the system can use)",
        )
    return DeviceError("myo", f"Bluetooth fails: {text}", "see what 'emgctl doctor' says")
