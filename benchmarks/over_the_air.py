"""Bluetooth without radios, for benchmarks: two of bumble's controllers in a process of their own.

python benchmarks/over_the_air.py                       # prints their two ports, and plays them
python benchmarks/over_the_air.py PORT run --profile p  # emgctl, with the controller there as its Bluetooth
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys


class Air:
    """The controllers: one for a simulated device, one for who looks for it."""

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
    from bumble.link import LocalLink
    from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

    link, servers = LocalLink(), [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    for number, server in enumerate(servers):
        transport = await open_tcp_server_transport_with_socket(server)
        Controller(f"C{number}", host_source=transport.source, host_sink=transport.sink, link=link)
    print(json.dumps([server.getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        from emgctl.cli import main

        use(int(sys.argv.pop(1)))
        main()
    else:
        asyncio.run(serve())
