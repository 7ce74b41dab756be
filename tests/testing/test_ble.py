"""The virtual radio: what it leaves behind."""

import asyncio

from needed import needs
from patience import patient

from emgctl.support.ble.event_loop import EventLoop
from emgctl.testing.ble import BumbleRadio

pytestmark = needs("bumble")


def test_a_radio_leaves_its_controller_with_its_event_loop():
    asyncio.run(_scan_and_leave())


async def _scan_and_leave():
    from bumble.controller import Controller
    from bumble.link import LocalLink
    from bumble.transport.common import StreamPacketSink, StreamPacketSource

    left = asyncio.Event()

    class Adapter(StreamPacketSource):
        def connection_made(self, transport):
            Controller("adapter", host_source=self, host_sink=StreamPacketSink(transport), link=LocalLink())

        def connection_lost(self, exc):
            left.set()

    server = await asyncio.get_running_loop().create_server(Adapter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    radio = BumbleRadio(f"tcp-client:127.0.0.1:{port}")
    failed: list[str] = []
    thread = EventLoop("radio", failed.append)
    assert await asyncio.to_thread(thread.result, radio.scan(0.05, lambda _: False, False), patient(20)) == []
    assert not left.is_set()
    await asyncio.to_thread(thread.close, _nothing, patient(5))
    await asyncio.wait_for(left.wait(), patient(5))
    assert not failed
    server.close()


async def _nothing():
    pass
