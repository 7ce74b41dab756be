"""Input ``myo``: one or two Myo armbands over Bluetooth Low Energy (the blue dongle is not needed)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from emgctl.errors import DeviceError, quoted
from emgctl.plugin import Input
from emgctl.runtime.sample_queue import SampleQueue
from emgctl.support.diagnostics import Device, Diagnostic
from emgctl.types import Led, SampleBlock, Signal, Vibrate
from emgctl_myo import bluetooth
from emgctl_myo.armband import Armband
from emgctl_myo.event_loop import EventLoop
from emgctl_myo.options import MyoOptions
from emgctl_myo.radio import BleakRadio, Found, Radio
from emgctl_myo.stream_merger import StreamMerger

log = logging.getLogger(__name__)
_WAITING_S = 1.0  # of signal buffered for the loop before the oldest is dropped
_CLOSING_S = 0.9  # how long close() waits; the rest is done in the background
_ENDING_S = 10.0  # how long a previous connection may take to close
_RADIO_HANGS = "switch Bluetooth off and on"
_GRACE_S = 10.0  # added to the scan and connect limits in the options


class Myo(Input):
    """Myo armbands: 8 channels at 200 Hz and orientation at 50 Hz each; reconnects when the link is lost.

    All settings are sent on every opening, so a reconnect restores them.
    """

    kind = "myo"
    argument = "address"
    Options = MyoOptions
    options: MyoOptions
    make_radio: Callable[[], Radio] = BleakRadio
    """Creates the radio; replaceable in tests."""

    _thread: EventLoop | None = None
    _ending: EventLoop | None = None
    _worn: tuple[str, ...] = ()

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check the package and Bluetooth."""
        return bluetooth.findings()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:
        """List the armbands in range."""
        found = asyncio.run(BleakRadio().scan(seconds, lambda _: False, settle=False))
        return [Device("myo", one.address, quoted(one.name, 60), f"{one.rssi_dbm} dBm") for one in found]

    def open(self) -> Signal:
        """Find the armbands, connect and start streaming.

        Raises:
            DeviceError: an armband is missing or not usable, or an earlier connection or the radio hangs.
        """
        self.close()
        if self._ending is not None and not self._ending.ended(_ENDING_S):
            raise DeviceError("myo", f"the previous connection did not close within {_ENDING_S:g} s", _RADIO_HANGS)
        options, signal = self.options, self.options.signal()
        self._inbox = inbox = SampleQueue(round(_WAITING_S * signal.rate_hz))
        self._thread = EventLoop(lambda why: inbox.fail(DeviceError("myo", why)))
        limit_s = options.scan_s + options.armbands * 2 * options.connect_s + _GRACE_S
        try:
            self._thread.result(self._connect(), limit_s)
        except BaseException:
            self.close()
            raise
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return the samples received so far.

        Raises:
            DeviceError: a link is lost or carries no data, or the radio's thread has ended.
        """
        return self._inbox.get(timeout_s)

    def request(self, request: Vibrate | Led) -> None:
        """Vibrate or light up the armbands."""
        if self._thread is not None:
            for armband in self._armbands:
                self._thread.start(armband.request(request))

    def close(self) -> None:
        """Stop the armbands and disconnect."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending = thread
            thread.close(self._disconnect, _CLOSING_S)

    async def _connect(self) -> None:
        self._armbands: list[Armband] = []
        radio = self.make_radio()
        found = await find(radio, self.options, self._worn)
        self._worn = tuple(one.address for one in found)  # after a lost link, reconnect to the same armband
        pairing = StreamMerger(self._inbox.put)
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
    """Find the armbands named in the options, or the previously used ones (``worn``), or the nearest.

    Raises:
        DeviceError: not all of them were found.
    """
    addresses = options.address or worn
    wanted = [address.lower() for address in addresses]

    def enough(found: Sequence[Found]) -> bool:
        seen = {one.address.lower() for one in found}
        return seen.issuperset(wanted) if wanted else bool(found)

    found = await radio.scan(options.scan_s, enough, settle=not wanted)
    if not wanted and found:
        if len(found) > 1:
            listed = ", ".join(f"{one.address} ({one.rssi_dbm} dBm)" for one in found[:8])
            log.warning(
                "found %d armbands: %s. Using the nearest, %s; set 'address' to choose",
                len(found), listed, found[0].address,
            )  # fmt: skip
        return found[:1]
    known = {one.address.lower(): one for one in found}
    if wanted and known.keys() >= set(wanted):
        return [known[address] for address in wanted]
    missing = ", ".join(address for address in addresses if address.lower() not in known)
    others = f" (found: {', '.join(one.address for one in found)})" if found else ""
    raise DeviceError(
        f"myo {missing}".strip(),
        f"no armband found within {options.scan_s:g} s{others}",
        "move it to wake it up (its logo lights), take it off the charger, bring it nearer, and close other "
        "programs that use it: an armband connected to one program is invisible to others",
    )
