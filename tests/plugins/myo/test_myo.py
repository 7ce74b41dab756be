"""The input against the virtual armband: real GATT, on a link between two software controllers."""

import asyncio
import threading
import time

import numpy as np
import pytest
from needed import needs
from over_the_air import collect, missing, together
from patience import patient
from radio import STILL, Ether, Faults, counting, number_of, player

from emgctl.errors import DeviceError
from emgctl.runtime.input_runner import InputRunner
from emgctl.testing import check_input
from emgctl.types import Led, Vibrate
from emgctl_myo.myo import Myo
from emgctl_myo.options import MyoOptions
from emgctl_myo.virtual import Player

pytestmark = needs("bumble")
FAST = {"scan_s": 5.0, "connect_s": 10.0, "vibrate": None}


@pytest.fixture
def worn():
    """Puts on armbands: an input that is connected to those of an ether."""
    made = []

    def put_on(ether, **options):
        one = Myo(MyoOptions(**FAST | options))
        one.make_radio = ether
        made.append(one)
        return one

    yield put_on
    for one in made:
        one.close()


def events(ether, kind):
    return [event for event in ether.events if event["event"] == kind]


@pytest.mark.slow
def test_everything_arrives_in_order_with_the_arm_s_motion(worn):
    row = np.array([0.5, -0.5, 0.5, 0.5, 0.25, -1, 3, 1.5, -100, 1999], np.float32)
    ether = Ether(Player(counting(5000), np.stack([row, -row])))
    myo = worn(ether)
    signal = myo.open()
    assert (signal.channels, signal.rate_hz, signal.unit, signal.motion_hz) == (8, 200.0, "count", 50.0)
    blocks = collect(myo, 400)
    numbers = number_of(together(blocks))
    assert numbers.tolist() == list(range(numbers[0], numbers[0] + len(numbers)))
    assert [block.start for block in blocks] == [
        numbers[sum(len(b.samples) for b in blocks[:i])] for i in range(len(blocks))
    ]
    motion = np.concatenate([block.motion for block in blocks if block.motion is not None])
    assert len(motion) == pytest.approx(len(numbers) / 4, abs=3)
    np.testing.assert_allclose(motion[0], row, atol=0.04)
    np.testing.assert_allclose(motion[1], -row, atol=0.04)
    assert myo.status["packets_lost"] == 0


@pytest.mark.slow
def test_it_is_set_up_as_asked_and_left_in_peace(worn):
    ether = Ether(player())
    myo = worn(ether, mode="filtered", imu=False, vibrate="medium", led="112233")
    myo.open()
    assert collect(myo, 20)[0].motion is None
    assert events(ether, "sleep_mode")[0]["never"] is True
    assert [events(ether, "mode")[0][key] for key in ("emg", "imu", "classifier")] == [2, 0, 0]
    assert events(ether, "vibrate")[0]["length"] == 2
    assert events(ether, "led")[0]["logo"] == "112233"
    assert myo.status["firmware"] == "1.5.1970"
    assert myo.status["battery_percent"] == 80
    myo.close()
    assert events(ether, "mode")[-1]["emg"] == 0
    assert events(ether, "sleep_mode")[-1]["never"] is False
    assert events(ether, "disconnected")


@pytest.mark.slow
@pytest.mark.parametrize(("lost", "told"), [(1, 1), (3, 3), (5, 1)])  # four in a row can't be told from none
def test_lost_packets_are_counted_modulo_four(worn, lost, told):
    ether = Ether(player())
    myo = worn(ether)
    myo.open()
    blocks = collect(myo, 20)
    ether.order("lose", str(lost))
    blocks += collect(myo, 60)
    assert myo.status["packets_lost"] == told
    assert missing(blocks) == 2 * told
    numbers = number_of(together(blocks))
    assert numbers[-1] - numbers[0] + 1 - len(numbers) == 2 * lost


@pytest.mark.slow
def test_every_scattered_loss_is_counted_exactly(worn):
    ether = Ether(player(), faults=Faults(lose_share=0.05))
    myo = worn(ether)
    myo.open()
    blocks = collect(myo, 800)
    first, last = number_of(together(blocks))[[0, -1]]
    lost = [event["place"] for event in events(ether, "lost") if first < event["place"] < last]
    assert len(lost) > 5
    assert missing(blocks) == 2 * len(lost)


@pytest.mark.slow
def test_a_packet_of_another_length_is_left_out_and_counted(worn, caplog):
    ether = Ether(player())
    myo = worn(ether)
    myo.open()
    collect(myo, 20)
    ether.order("malformed", "2")
    collect(myo, 60)
    assert myo.status["packets_malformed"] == 2
    assert myo.status["packets_lost"] == 2
    assert [record.message.partition(": ")[2] for record in caplog.records] == [
        "dropped an EMG packet of 11 bytes; further ones are only counted"
    ]


@pytest.mark.slow
def test_a_lost_link_is_reopened_with_every_setting_restored(worn):
    ether = Ether(player())
    source = InputRunner(worn(ether, led="445566"))
    source.open()
    last = collect(source, 40)[-1]
    ether.order("drop")
    until_s = time.monotonic() + patient(3)
    while not source.problem and time.monotonic() < until_s:
        source.read(0.1)
    assert source.problem.startswith("myo F0:00:00:00:00:00: the connection was lost; ")
    again = collect(source, 40)
    assert source.reconnects == 1
    assert again[0].start > last.start + len(last.samples)
    assert [event["emg"] for event in events(ether, "mode")].count(3) == 2
    assert [event["logo"] for event in events(ether, "led")] == ["445566"] * 2
    assert [event["never"] for event in events(ether, "sleep_mode")].count(True) == 2
    source.close()


@pytest.mark.slow
def test_after_a_loss_it_is_the_same_armband_again_though_another_is_there(worn):
    ether = Ether(player(), player(first=10_000))
    source = InputRunner(worn(ether))
    source.open()
    mine = source.status["address"]
    collect(source, 40)
    ether.order("drop", device=int(mine[-1]))
    until_s = time.monotonic() + patient(3)
    while not source.problem and time.monotonic() < until_s:
        source.read(0.1)
    collect(source, 40)
    assert source.status["address"] == mine
    source.close()


@pytest.mark.slow
def test_a_link_that_stands_but_carries_nothing_is_lost_too(worn):
    ether = Ether(Player(counting(100), STILL, loop=False))
    myo = worn(ether, stall_s=0.3)
    myo.open()
    with pytest.raises(DeviceError, match=r"sent no data for 0\.3 s"):
        collect(myo, 1000, seconds=5)


@pytest.mark.slow
def test_the_envelope_comes_at_50_hz(worn):
    ether = Ether(player())
    myo = worn(ether, mode="envelope")
    assert myo.open().rate_hz == 50
    blocks = collect(myo, 30)
    assert [block.start for block in blocks] == [sum(len(b.samples) for b in blocks[:i]) for i in range(len(blocks))]
    assert together(blocks).min() >= 0
    assert events(ether, "mode")[0]["emg"] == 1


@pytest.mark.slow
def test_it_vibrates_and_shines_on_request(worn):
    ether = Ether(player())
    myo = worn(ether, led="0000ff")
    myo.request(Vibrate("long"))  # not open yet: nothing happens
    myo.open()
    myo.request(Vibrate("long"))
    myo.request(Led("00ff00"))
    myo.request(Led(None))
    collect(myo, 60)
    assert [event["length"] for event in events(ether, "vibrate")] == [3]
    assert [event["line"] for event in events(ether, "led")] == ["0000ff", "00ff00", "0000ff"]


@pytest.mark.slow
def test_a_low_battery_is_told_once(worn, caplog):
    ether = Ether(player(), battery=20.0)
    myo = worn(ether)
    myo.open()
    for percent in (16, 15, 14):
        ether.order("battery", str(percent))
    collect(myo, 20)
    assert myo.status["battery_percent"] == 14
    assert [record.message for record in caplog.records] == ["myo F0:00:00:00:00:00: battery at 15 %"]


@pytest.mark.slow
def test_old_firmware_is_refused(worn):
    ether = Ether(player(), firmware=(0, 8, 18, 1))
    with pytest.raises(DeviceError, match=r"has firmware 0\.8\.18; version 1\.0 or later is required; update it"):
        worn(ether).open()
    assert events(ether, "disconnected")


def test_an_armband_that_is_not_heard(worn):
    ether = Ether(player())
    ether.silent = True
    with pytest.raises(DeviceError, match=r"no armband found within 0\.2 s; move it"):
        worn(ether, scan_s=0.2).open()


@pytest.mark.slow
def test_another_armband_than_the_one_named(worn):
    with pytest.raises(DeviceError, match=r"11:22:33:44:55:66: no armband.*\(found: F0:00:00:00:00:00\)"):
        worn(Ether(player()), address="11:22:33:44:55:66", scan_s=2.0).open()


@pytest.mark.slow
def test_two_armbands_are_one_signal(worn):
    ether = Ether(player(), player(first=10_000))
    myo = worn(ether, address=["F0:00:00:00:00:00", "f0:00:00:00:00:01"])
    signal = myo.open()
    assert signal.channels == 16
    assert signal.names[0] == "left_pod_1"
    assert signal.names[15] == "right_pod_8"
    blocks = collect(myo, 200)
    samples = together(blocks)
    left, right = number_of(samples[:, :8]), number_of(samples[:, 8:])
    assert (np.diff(left) == 1).all()
    assert (np.diff(right) == 1).all()
    assert right[0] >= 10_000
    ether.order("lose", "1", device=1)
    blocks += collect(myo, 100)
    assert missing(blocks) == 2
    assert myo.status["right"]["packets_lost"] == 1


def test_closing_while_it_is_being_opened_ends_the_opening(worn, monkeypatch):
    ether = Ether(player())
    ether.silent = True
    monkeypatch.setattr(ether, "scan", _forever)
    myo = worn(ether)
    failed = []

    def opening():
        try:
            myo.open()
        except DeviceError as error:
            failed.append(str(error))

    thread = threading.Thread(target=opening)
    thread.start()
    time.sleep(0.3)
    myo.close()
    thread.join(3)
    assert [text.partition(";")[0] for text in failed] == ["myo: was closed while opening"]


async def _forever(seconds, enough, settle):
    await asyncio.sleep(60)


@pytest.mark.slow
def test_contract():
    class Worn(Myo):
        make_radio = Ether(player())

    check_input(Worn, MyoOptions(**FAST))
