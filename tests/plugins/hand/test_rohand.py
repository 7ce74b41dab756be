"""The ROHand's frames against a real Modbus slave, pymodbus's server on a pseudo-terminal."""

import asyncio
import os
import threading
import time

import pytest

pymodbus = pytest.importorskip("pymodbus")
from pymodbus.client import ModbusSerialClient  # noqa: E402
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext  # noqa: E402
from pymodbus.framer import FramerType  # noqa: E402
from pymodbus.server import ModbusSerialServer  # noqa: E402
from test_hand import listening  # noqa: E402

from emgctl.testing import gesture  # noqa: E402
from emgctl.types import Command  # noqa: E402
from emgctl_hand.drives import GRIPS  # noqa: E402
from emgctl_hand.hand import Hand, HandOptions  # noqa: E402

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals"),
    pytest.mark.process,
]


class Slave:
    """A Modbus slave of node 2 behind a pair of pseudo-terminals that are joined."""

    def __init__(self):
        import tty

        self._ends = [os.openpty() for _ in range(2)]
        for _, port in self._ends:
            tty.setraw(port)
        self.port, theirs = (os.ttyname(port) for _, port in self._ends)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._join, daemon=True)]
        self._loop = asyncio.new_event_loop()
        self._threads.append(threading.Thread(target=self._serve, args=(theirs,), daemon=True))
        for thread in self._threads:
            thread.start()
        time.sleep(0.3)

    def _join(self):
        import select

        lines = [line for line, _ in self._ends]
        while not self._stop.is_set():
            for line in select.select(lines, [], [], 0.05)[0]:
                os.write(lines[1 - lines.index(line)], os.read(line, 4096))

    def _serve(self, port):
        asyncio.set_event_loop(self._loop)
        device = ModbusDeviceContext(hr=ModbusSequentialDataBlock(1001, [0] * 300))
        context = ModbusServerContext(devices={2: device}, single=False)

        async def serve():
            self._server = ModbusSerialServer(context, framer=FramerType.RTU, port=port, baudrate=115_200)
            await self._server.serve_forever(background=True)
            while not self._stop.is_set():
                await asyncio.sleep(0.05)
            await self._server.shutdown()

        self._loop.run_until_complete(serve())

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._loop.close()
        for end in self._ends:
            for one in end:
                os.close(one)


def test_a_real_modbus_slave_gets_the_grip():
    slave = Slave()
    try:
        safe = {"end": "hold"}
        control = {"grips": {"fist": "power"}, "move": "position", "speed_per_s": 10, "safe": safe}
        one = Hand(HandOptions(port=slave.port, protocol="rohand", control=control, answer_s=2.0))
        asked, told = listening(one)
        one.open(asked)
        until_s = time.monotonic() + 1.0
        while time.monotonic() < until_s:
            one.send(Command(0.0, prediction=gesture("fist", 0.0, intensity=1.0)))
            time.sleep(0.02)
        assert told["frames_rejected"] == 0
        one.close()
        with ModbusSerialClient(slave.port, baudrate=115_200) as client:
            for _ in range(10):  # late answers to what the hand was told may still be on the line
                answer = client.read_holding_registers(1135, count=6, device_id=2)
                if len(answer.registers) == 6:
                    break
                time.sleep(0.2)
        order = ("thumb", "index", "middle", "ring", "little", "thumb_rotation")
        assert answer.registers == [round(65535 * GRIPS["power"][name]) for name in order]
    finally:
        slave.close()
