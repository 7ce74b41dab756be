"""How a simulated Bluetooth device ends, whatever a library does with the request to."""

import asyncio
from typing import Any

from emgctl.support.ble.virtual import VirtualPeripheral


class Stubborn(VirtualPeripheral):
    """A device one of whose tasks loses the first request to end."""

    period_s = 0.01
    requests = 0

    def services(self):
        return []

    async def play(self, tick):
        return True

    def forget(self):
        pass

    async def work(self):
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.requests += 1
                if self.requests > 1:
                    raise


def test_a_task_that_loses_the_request_to_end_is_asked_again():
    async def play():
        no_radio: Any = None
        device = Stubborn(no_radio, lambda event: None)
        device.begin(device.work)
        await asyncio.sleep(0)
        await asyncio.wait_for(device.stop(), 20)
        return device.requests

    assert asyncio.run(play()) == 2
