"""Links that are lost, hang, deliver twice or too late, and a radio that fails in its own thread."""

import asyncio
import contextlib
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needed import needs
from over_the_air import collect, missing, together, until_lost
from patience import patient
from radio import Ether, number_of, player
from test_myo import FAST

from emgctl.errors import DeviceError
from emgctl.support.ble import radio
from emgctl.support.ble.finding import find
from emgctl.support.ble.radio import BleakRadio, Found
from emgctl_myo import protocol
from emgctl_myo.myo import Myo
from emgctl_myo.options import MyoOptions
from emgctl_myo.packet_sequencer import PacketSequencer

pytestmark = needs("bumble")


class Odd:
    """A link that passes everything on ``times``, can hang at its end, and keeps what it was subscribed to."""

    def __init__(self, link, ether):
        self._link, self._ether = link, ether
        self.notified = {}

    async def read(self, uuid):
        return await self._link.read(uuid)

    async def write(self, uuid, data):
        await self._link.write(uuid, data)

    async def notify(self, uuid, notified):
        self.notified[uuid] = notified

        def passed_on(data):
            for _ in range(self._ether.times):
                notified(data)

        await self._link.notify(uuid, passed_on)

    async def disconnect(self):
        self._ether.order_of_things.append("disconnect")
        if self._ether.hangs:
            await asyncio.sleep(60)
        await self._link.disconnect()


class OddEther(Ether):
    """A radio of such links."""

    def __init__(self, *players, times=1, hangs=False):
        super().__init__(*players)
        self.times, self.hangs = times, hangs
        self.links, self.order_of_things = [], []

    async def connect(self, found, seconds, lost):
        self.order_of_things.append("connect")
        self.links.append(Odd(await super().connect(found, seconds, lost), self))
        return self.links[-1]

    def from_the_thread(self, call, *arguments):
        """Call something from the radio's thread, as it would itself."""
        self._loop.call_soon_threadsafe(call, *arguments)


@pytest.fixture
def worn():
    made = []

    def put_on(ether, **options):
        one = Myo(MyoOptions(**FAST | {"stall_s": 10.0} | options))
        one.make_radio = ether
        made.append(one)
        return one

    yield put_on
    for one in made:
        one.close()


@pytest.mark.slow
def test_notifications_that_are_delivered_twice_are_dropped_and_counted(worn, caplog):
    myo = worn(OddEther(player(), times=2))
    myo.open()
    blocks = collect(myo, 200)
    numbers = number_of(together(blocks))
    assert (np.diff(numbers) == 1).all()
    assert missing(blocks) == 0
    assert myo.status["packets_lost"] == 0
    assert myo.status["packets_repeated"] > 90
    motion = np.concatenate([block.motion for block in blocks if block.motion is not None])
    assert len(motion) == pytest.approx(len(numbers) / 4, abs=3)
    assert [record.message for record in caplog.records if "twice" in record.message] == [
        "myo F0:00:00:00:00:00: dropped a packet that was delivered twice; further ones are only counted"
    ]


@pytest.mark.slow
def test_envelopes_that_are_delivered_twice_are_dropped(worn):
    myo = worn(OddEther(player(), times=2), mode="envelope")
    myo.open()
    begun_s = time.monotonic()
    blocks = collect(myo, 30)
    assert time.monotonic() - begun_s > 0.4  # 30 of 50 a second
    assert myo.status["packets_repeated"] > 25
    assert missing(blocks) == 0


PACKETS = st.binary(min_size=16, max_size=16).filter(lambda data: len(set(data)) > 1)


@given(st.lists(PACKETS, min_size=8, max_size=60, unique=True), st.integers(1, 3))
def test_repeats_in_groups_never_move_the_numbering(packets, group):
    turns, starts = PacketSequencer(), []
    for first in range(0, len(packets), group):
        for number in [*range(first, min(first + group, len(packets)))] * 2:
            if not turns.repeats(number % 4, packets[number]):
                starts.append(turns.start(number % 4))  # noqa: PERF401 - each depends on those before
    assert starts == [2 * number for number in range(len(packets))]
    assert turns.lost == 0
    assert turns.repeated == len(packets)


@pytest.mark.slow
def test_a_lost_client_is_disconnected_before_the_next_one_connects_and_ignored_afterwards(worn):
    ether = OddEther(player())
    myo = worn(ether)
    myo.open()
    collect(myo, 20)
    old = ether.links[0].notified[protocol.EMG[0]]
    ether.order("drop")
    assert until_lost(myo).startswith("myo F0:00:00:00:00:00: the connection was lost; check ")
    myo.open()
    assert ether.order_of_things == ["connect", "disconnect", "connect"]
    collect(myo, 20)
    for _ in range(10):
        ether.from_the_thread(old, bytes(range(16)))
    blocks = collect(myo, 100)
    assert not (together(blocks) == np.arange(8)).all(axis=1).any()
    assert myo.status["packets_lost"] == 0


@pytest.mark.slow
def test_closing_never_waits_for_a_link_that_hangs_and_the_next_opening_does(worn, monkeypatch):
    ether = OddEther(player(), hangs=True)
    myo = worn(ether)
    myo.open()
    begun_s = time.monotonic()
    myo.close()
    assert time.monotonic() - begun_s < patient(1.5)
    ether.hangs = False
    myo.open()  # after the old link's time is up
    assert ether.order_of_things == ["connect", "disconnect", "connect"]
    assert collect(myo, 20)


@pytest.mark.slow
def test_an_error_in_the_radio_s_thread_reaches_the_reader(worn):
    ether = OddEther(player())
    myo = worn(ether)
    myo.open()

    def broken():
        raise ZeroDivisionError("a bug of the radio")

    ether.from_the_thread(broken)
    assert "ZeroDivisionError: a bug of the radio" in until_lost(myo)
    myo.close()
    myo.open()
    ether.from_the_thread(ether._loop.stop)
    assert until_lost(myo).startswith("myo: the radio's event loop was stopped; ")


@pytest.mark.slow
def test_packets_of_any_length_are_counted_and_never_raise(worn):
    ether = OddEther(player())
    myo = worn(ether)
    myo.open()
    rng = np.random.default_rng(0)
    for length in (0, 1, 15, 17, 19, 21, 255, 100_000):
        for notified in ether.links[0].notified.values():
            ether.from_the_thread(notified, rng.bytes(length))
    assert collect(myo, 40)
    assert myo.status["packets_malformed"] >= 5 * 7


def test_a_radio_that_hangs_is_given_up(worn, monkeypatch):
    monkeypatch.setattr("emgctl.runtime.ble_input._GRACE_S", 0.2)
    ether = OddEther(player())

    async def forever(seconds, enough, settle):
        await asyncio.sleep(3600)

    monkeypatch.setattr(ether, "scan", forever)
    with pytest.raises(DeviceError, match="Bluetooth has not responded for"):
        worn(ether, scan_s=0.1, connect_s=0.1).open()


def test_a_client_that_hangs_while_it_connects_is_disconnected(monkeypatch):
    calls = []

    class Client:
        def __init__(self, *_, **__):
            pass

        async def connect(self):
            calls.append("connect")
            await asyncio.sleep(60)

        async def disconnect(self):
            calls.append("disconnect")
            await asyncio.sleep(60)

    monkeypatch.setattr(radio, "_bleak", lambda _: type("bleak", (), {"BleakClient": Client}))
    monkeypatch.setattr(radio, "_GRACE_S", 0.1)
    found = Found("F0:00:00:00:00:00", "", -50, None)
    with pytest.raises(DeviceError, match=r"refused the connection \(TimeoutError"):
        asyncio.run(BleakRadio(Myo.advertised).connect(found, 0.1, lambda: None))
    assert calls == ["connect", "disconnect"]

    async def cancelled():
        task = asyncio.create_task(BleakRadio(Myo.advertised).connect(found, 30, lambda: None))
        await asyncio.sleep(0.05)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert calls == ["connect", "disconnect"] * 2


@pytest.mark.slow
def test_no_thread_of_a_radio_is_left(worn):
    before = threading.active_count()
    myo = worn(OddEther(player()))
    myo.open()
    myo.close()
    assert threading.active_count() == before


def test_of_several_armbands_the_nearest_is_taken_and_all_are_named(caplog):
    class Two(BleakRadio):
        async def scan(self, *_, **__):
            return [Found("F0:00:00:00:00:01", "", -40, None), Found("F0:00:00:00:00:02", "", -70, None)]

    (found,) = asyncio.run(find(Two(Myo.advertised), "myo", "armband", "", 1.0, ()))
    assert found.address == "F0:00:00:00:00:01"
    (record,) = caplog.records
    assert "found 2 armbands: F0:00:00:00:00:01 (-40 dBm), F0:00:00:00:00:02 (-70 dBm)" in record.message
