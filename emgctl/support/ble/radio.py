"""The radio interface: finding devices and connecting to them. The real one is bleak; tests can supply another."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from emgctl.errors import DeviceError, missing_extra
from emgctl.support import macos_permissions

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

SCAN_AGAIN_S = 3.0  # a radio may report each device only once per scan, and that report may be missed
_GRACE_S = 2.0
_INTERVAL_UNIT_MS = 1.25  # BluetoothLEConnectionParameters.ConnectionInterval
SETTLE_S = 1.0  # how long the scan continues after the first device, in case another is nearer


@dataclass(frozen=True, slots=True)
class Advertised:
    """How a kind of device is recognized in a scan: by one of its services, or by how its name begins.

    ``extra`` is what installs bleak. ``hint`` is added where an adapter has to be plugged in.
    """

    kind: str
    extra: str
    services: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    hint: str = ""

    def fits(self, services: Sequence[str], name: str) -> bool:
        """Whether an advertisement is that of such a device."""
        return not set(self.services).isdisjoint(services) or bool(self.names and name.startswith(self.names))


@dataclass(frozen=True, slots=True)
class Found:
    """A device found by a scan: address, name, signal strength and the radio's own handle."""

    address: str
    name: str
    rssi_dbm: int
    handle: Any


class Link(Protocol):
    """A connection to a device."""

    async def read(self, uuid: str) -> bytes:
        """Read a characteristic."""

    async def write(self, uuid: str, data: bytes) -> None:
        """Write a characteristic and wait for the device's confirmation, where it gives one."""

    async def notify(self, uuid: str, received: Callable[[bytes], None]) -> None:
        """Subscribe to a characteristic: ``received`` is called with every notification."""

    async def disconnect(self) -> None:
        """Disconnect from the device."""


@runtime_checkable
class HasInterval(Protocol):
    """A connection whose interval the system reports."""

    def interval_ms(self) -> float | None:
        """The connection interval, None if it is not known."""


class Radio(Protocol):
    """Finds devices and connects to them. Any exception other than DeviceError counts as a lost link."""

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:
        """Return the devices found, nearest first, once ``enough`` is satisfied or ``seconds`` have passed.

        With ``settle``, the scan continues briefly in case another one is nearer.
        """

    async def connect(self, found: Found, seconds: float, lost: Callable[[], None]) -> Link:
        """Connect; ``lost`` is called when the link is lost."""


class BleakRadio:
    """This computer's own Bluetooth, through bleak (BlueZ, WinRT, CoreBluetooth)."""

    def __init__(self, advertised: Advertised) -> None:
        self._advertised = advertised

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:
        """Scan for advertisements; names can't be filtered by the system, so all are received where they count."""
        bleak, advertised = _bleak(self._advertised), self._advertised
        filtered = None if advertised.names else list(advertised.services)
        found: dict[str, Found] = {}
        changed = asyncio.Event()

        def received(device: BLEDevice, advertisement: AdvertisementData) -> None:
            name = advertisement.local_name or device.name or ""
            if advertised.fits(advertisement.service_uuids, name):
                found[device.address] = Found(device.address, name, advertisement.rssi, device)
                changed.set()

        deadline_s = time.monotonic() + seconds
        try:
            while not enough(list(found.values())) and time.monotonic() < deadline_s:
                async with bleak.BleakScanner(received, service_uuids=filtered):
                    again_s = min(time.monotonic() + SCAN_AGAIN_S, deadline_s)
                    while not enough(list(found.values())) and (left_s := again_s - time.monotonic()) > 0:
                        changed.clear()
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(changed.wait(), left_s)
                    if settle and enough(list(found.values())):
                        await asyncio.sleep(min(SETTLE_S, seconds))
        except Exception as error:  # bleak passes on exceptions of D-Bus, WinRT and CoreBluetooth
            raise _why(error, advertised) from error
        return sorted(found.values(), key=lambda one: -one.rssi_dbm)

    async def connect(self, found: Found, seconds: float, lost: Callable[[], None]) -> Link:
        """Connect to a device found by a scan."""
        client = _bleak(self._advertised).BleakClient(
            found.handle, disconnected_callback=lambda _: lost(), timeout=seconds
        )
        try:
            async with asyncio.timeout(seconds + _GRACE_S):  # bleak's own timeout does not cover all of its steps
                await client.connect()
        except BaseException as error:
            # a client dropped while connecting would connect later and block the device for the next one
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GRACE_S):
                    await client.disconnect()
            if not isinstance(error, Exception):
                raise
            raise DeviceError(
                f"{self._advertised.kind} {found.address}",
                f"refused the connection ({str(error) or type(error).__name__})",
                "close other programs that use it or bring it nearer",
            ) from error
        return _BleakLink(client)


class _BleakLink:
    def __init__(self, client: BleakClient) -> None:
        self._client = client

    async def read(self, uuid: str) -> bytes:
        return bytes(await self._client.read_gatt_char(uuid))

    async def write(self, uuid: str, data: bytes) -> None:
        await self._client.write_gatt_char(uuid, data)

    async def notify(self, uuid: str, received: Callable[[bytes], None]) -> None:
        await self._client.start_notify(uuid, lambda _, data: received(bytes(data)))

    async def disconnect(self) -> None:
        await self._client.disconnect()

    def interval_ms(self) -> float | None:
        """The interval on Windows 11 or newer; other systems reveal it only to privileged programs."""
        if sys.platform == "win32":
            with contextlib.suppress(Exception):  # an earlier Windows, or bleak keeps its device elsewhere
                device: Any = getattr(self._client, "_backend")._requester  # noqa: B009 - bleak has no other way
                return _INTERVAL_UNIT_MS * float(device.get_connection_parameters().connection_interval)
        return None


def _bleak(advertised: Advertised) -> Any:
    try:
        import bleak
    except ImportError as error:
        raise missing_extra(advertised.kind, "bleak", advertised.extra) from error
    return bleak


def _why(error: Exception, advertised: Advertised) -> DeviceError:
    """Translate a Bluetooth failure into a problem and a remedy."""
    kind, text = advertised.kind, str(error) or type(error).__name__
    reason = getattr(getattr(error, "reason", None), "name", "")
    if reason == "POWERED_OFF" or "NotReady" in text or "not ready" in text.lower() or "powered" in text.lower():
        remedy = "run: bluetoothctl power on" if sys.platform == "linux" else "switch Bluetooth on"
        return DeviceError(kind, "Bluetooth is switched off", remedy)
    if reason.startswith("DENIED") or "AccessDenied" in text or "not authorized" in text.lower():
        remedy = "allow it for this terminal in the system's privacy settings"
        if sys.platform == "linux":
            remedy = "run: sudo usermod -aG bluetooth $USER and log in again"
        elif sys.platform == "darwin":
            remedy = macos_permissions.remedy("Bluetooth")
        return DeviceError(kind, "no permission to use Bluetooth", remedy)
    if "org.bluez was not provided" in text or "ServiceUnknown" in text or isinstance(error, FileNotFoundError):
        return DeviceError(
            kind,
            "the Bluetooth service is not running",
            "run: sudo apt install bluez && sudo systemctl start bluetooth",
        )
    if "adapter" in text.lower() or reason in ("NO_BLUETOOTH", "NO_BLE_CENTRAL_ROLE") or "hci0" in text:
        return DeviceError(
            kind,
            "this computer has no Bluetooth Low Energy adapter",
            f"plug one in {advertised.hint}".rstrip(),
        )
    return DeviceError(kind, f"Bluetooth fails: {text}", "run: emgctl doctor")
