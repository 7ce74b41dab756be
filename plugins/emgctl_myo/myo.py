"""Input ``myo``: one or two Myo armbands over Bluetooth Low Energy, without the blue dongle."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Any, TypeVar

from emgctl.errors import DeviceError
from emgctl.findings import Device, Finding
from emgctl.inbox import Inbox
from emgctl.plugin import Input
from emgctl.types import Led, SampleBlock, Signal, Vibrate
from emgctl_myo import bluetooth
from emgctl_myo.armband import Armband
from emgctl_myo.options import MyoOptions
from emgctl_myo.pairing import Pairing
from emgctl_myo.radio import BleakRadio, Found, Radio

Result = TypeVar("Result")
_WAITING_S = 1.0  # of signal that may wait for the loop before the oldest is dropped
_CLOSING_S = 8.0


class Myo(Input):
    """Myo armbands: 8 channels at 200 Hz and their orientation at 50 Hz, each; reconnected when the link is lost.

    Every setting is made anew with each opening, so a reconnect restores all of them.
    """

    kind = "myo"
    argument = "address"
    Options = MyoOptions
    options: MyoOptions
    make_radio: Callable[[], Radio] = BleakRadio
    """Makes the radio; a test may bring its own."""

    _thread: _EventLoop | None = None
    _worn: tuple[str, ...] = ()

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package, and a Bluetooth that works."""
        return bluetooth.findings()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:
        """The armbands that can be heard."""
        found = asyncio.run(BleakRadio().scan(seconds, lambda _: False, settle=False))
        return [Device("myo", one.address, one.name, f"{one.rssi_dbm} dBm") for one in found]

    def open(self) -> Signal:
        """Find the armbands, connect and have them stream."""
        self.close()
        signal = self.options.signal()
        self._inbox = Inbox(round(_WAITING_S * signal.rate_hz))
        self._thread = _EventLoop()
        try:
            self._thread.result(self._connect())
        except BaseException:
            self.close()
            raise
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The samples of the packets that have arrived."""
        return self._inbox.get(timeout_s)

    def request(self, request: Vibrate | Led) -> None:
        """Have the armbands vibrate or shine."""
        if self._thread is not None:
            for armband in self._armbands:
                self._thread.start(armband.request(request))

    def close(self) -> None:
        """Let the armbands rest, and disconnect."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close(self._disconnect())

    async def _connect(self) -> None:
        radio = self.make_radio()
        self._armbands: list[Armband] = []
        found = await find(radio, self.options, self._worn)
        self._worn = tuple(one.address for one in found)  # after a lost link, it has to be the same one again
        pairing = Pairing(self._inbox.put)
        for side, one in enumerate(found):
            status = self.status
            deliver: Callable[[SampleBlock], None] = self._inbox.put
            if len(found) > 1:
                status = self.status.setdefault(("left", "right")[side], {})
                deliver = partial(pairing.put, side)
            armband = Armband(self.options, status, deliver, self._inbox.fail)
            self._armbands.append(armband)
            await armband.connect(radio, one)

    async def _disconnect(self) -> None:
        await asyncio.gather(*(armband.disconnect() for armband in getattr(self, "_armbands", ())))


async def find(radio: Radio, options: MyoOptions, worn: Sequence[str] = ()) -> list[Found]:
    """The armbands that the options name, or those that were ``worn`` before, or the nearest.

    Raises:
        DeviceError: not all of them were heard.
    """
    addresses = options.address or worn
    wanted = [address.lower() for address in addresses]

    def enough(found: Sequence[Found]) -> bool:
        heard = {one.address.lower() for one in found}
        return heard.issuperset(wanted) if wanted else bool(found)

    found = await radio.scan(options.scan_s, enough, settle=not wanted)
    if not wanted and found:
        return found[:1]
    known = {one.address.lower(): one for one in found}
    if wanted and known.keys() >= set(wanted):
        return [known[address] for address in wanted]
    missing = ", ".join(address for address in addresses if address.lower() not in known)
    others = f" (heard: {', '.join(one.address for one in found)})" if found else ""
    raise DeviceError(
        f"myo {missing}".strip(),
        f"no armband was heard for {options.scan_s:g} s{others}",
        "move it, so that it wakes up (its logo lights), take it off its charger, bring it nearer, and end other "
        "programs that hold it; an armband that is connected to one program is not heard by another",
    )


class _EventLoop:
    """A thread that runs an asyncio event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="myo", daemon=True)
        self._thread.start()

    def result(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run ``work`` there and wait for its result."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise DeviceError("myo", "was closed while it was being opened") from error
        except BaseException:  # Ctrl-C, while this waits
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` there, without waiting."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Run ``last`` there, end what is still running, and stop."""
        future = asyncio.run_coroutine_threadsafe(last, self._loop)
        with contextlib.suppress(Exception):  # a link that is gone can't be ended more than it is
            future.result(_CLOSING_S)
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop)
        self._thread.join(_CLOSING_S)
        if not self._thread.is_alive():
            self._loop.close()


async def _cancel_all() -> None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    loop.call_soon(loop.stop)
