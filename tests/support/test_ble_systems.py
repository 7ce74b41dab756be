"""What differs between systems in Bluetooth: names of devices on macOS, and what Windows tells of a connection."""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from fake_windows import windows

from emgctl.errors import DeviceError
from emgctl.support.ble import radio
from emgctl.support.ble.device import BleDevice
from emgctl.support.ble.finding import find
from emgctl.support.ble.radio import Advertised, BleakRadio, Found

ARMBAND = Advertised("armband", "ble")
UUID = "6E3A4B1C-0D7F-4C1B-9A7E-2F4B8C9D0E1F"


class Nearby(BleakRadio):
    async def scan(self, *_, **__):
        return [Found(UUID, "", -40, None)]


def test_an_address_in_a_profile_from_another_computer_is_explained_on_a_mac(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    (found,) = asyncio.run(find(Nearby(ARMBAND), "armband", "armband", "wake it", 1.0, [UUID.lower()]))
    assert found.address == UUID
    with pytest.raises(DeviceError) as raised:
        asyncio.run(find(Nearby(ARMBAND), "armband", "armband", "wake it", 1.0, ["D0:12:34:56:78:9A"]))
    text = str(raised.value)
    assert f"(found: {UUID}); macOS has a UUID of its own for each device" in text
    assert "emgctl devices" in text


class Device(BleDevice):
    async def set_up(self, link):
        pass

    async def release(self, link):
        pass


@pytest.mark.parametrize("tells", [True, False])
def test_the_connection_interval_is_in_the_device_s_status_where_windows_tells_it(monkeypatch, tells):
    class Client:
        def __init__(self, *_, **__):
            parameters = SimpleNamespace(connection_interval=12) if tells else None  # earlier than Windows 11
            requester = SimpleNamespace(get_connection_parameters=lambda: parameters)
            self._backend = SimpleNamespace(_requester=requester)

        async def connect(self):
            pass

        async def disconnect(self):
            pass

    async def connect():
        limits: Any = SimpleNamespace(connect_s=1.0, stall_s=10.0)
        status: dict[str, Any] = {}
        device = Device("armband", limits, status, lambda _: None, lambda _: None)
        with windows(monkeypatch):
            await device.connect(BleakRadio(ARMBAND), Found("D0:12:34:56:78:9A", "", -40, None))
        await device.disconnect()
        return status

    monkeypatch.setattr(radio, "_bleak", lambda _: SimpleNamespace(BleakClient=Client))
    status = asyncio.run(connect())
    assert status.get("connection_interval_ms") == (15.0 if tells else None)
