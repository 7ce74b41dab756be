"""Bluetooth without radios, for benchmarks: bumble's controllers at two ports of a process of their own.

python benchmarks/over_the_air.py                       # prints their two ports, and plays them
python benchmarks/over_the_air.py PORT run --profile p  # emgctl, with the controller there as its Bluetooth
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys


class Air:
    """The controllers: one for a simulated device, one for who looks for it, each there while it is used."""

    def __init__(self) -> None:
        words = [sys.executable, __file__]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL  # bumble logs what it misses while a link ends
        self._process = subprocess.Popen(words, stdout=pipe, stderr=nowhere, text=True)
        self._ports = json.loads(self._process.stdout.readline())

    @property
    def radio(self) -> str:
        """The option of a simulated device."""
        return f"radio=tcp-client:127.0.0.1:{self._ports[0]}"

    @property
    def emgctl(self) -> list[str]:
        """What to start instead of ``-m emgctl``."""
        return [__file__, str(self._ports[1])]

    def use(self) -> None:
        """Let inputs of this process use the other controller."""
        use(self._ports[1])

    def close(self) -> None:
        """End them."""
        self._process.kill()
        self._process.communicate()


def use(port: int) -> None:
    """Have inputs use a controller instead of the computer's Bluetooth; the GATT client is bumble's."""
    from emgctl.runtime.ble_input import BleInput
    from emgctl.testing.ble import BumbleRadio

    BleInput.make_radio = lambda self: BumbleRadio(f"tcp-client:127.0.0.1:{port}", self.advertised)


async def serve() -> None:
    """Play the controllers until the process ends."""
    from bumble.controller import Controller
    from bumble.hci import HCI_ErrorCode
    from bumble.link import LocalLink
    from bumble.ll import TerminateInd
    from bumble.transport.common import StreamPacketSink, StreamPacketSource

    link = LocalLink()

    class Adapter(StreamPacketSource):
        """A controller that is plugged in while its program is connected; without it, its links break."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._controller = Controller("adapter", host_source=self, host_sink=StreamPacketSink(transport), link=link)

        def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
            controller = self._controller
            for connection in controller.le_connections.values():
                if link.find_le_controller(connection.peer_address):  # it may be gone, too
                    connection.send_ll_control_pdu(TerminateInd(HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR))
            controller.le_connections.clear()
            for advertiser in (controller.le_legacy_advertiser, *controller.advertising_sets.values()):
                advertiser.stop()
            link.remove_controller(controller)

    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Adapter, "127.0.0.1", 0) for _ in range(2)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        from emgctl.cli import main

        use(int(sys.argv.pop(1)))
        main()
    else:
        asyncio.run(serve())
