"""A Bluetooth controller without a radio, which a host reaches over TCP."""

import asyncio
import contextlib
import socket
import threading

from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket


@contextlib.contextmanager
def controller():
    """Run a controller in a thread of its own; the port at which its host finds it."""
    with socket.create_server(("127.0.0.1", 0)) as server, asyncio.Runner() as runner:
        loop, done, ready = runner.get_loop(), asyncio.Event(), threading.Event()
        thread = threading.Thread(target=runner.run, args=(_serve(server, done, ready),))
        thread.start()
        ready.wait()
        try:
            yield server.getsockname()[1]
        finally:
            loop.call_soon_threadsafe(done.set)
            thread.join()


async def _serve(server, done, ready):
    async with await open_tcp_server_transport_with_socket(server) as transport:
        Controller("C", host_source=transport.source, host_sink=transport.sink, link=LocalLink())
        ready.set()
        await done.wait()
