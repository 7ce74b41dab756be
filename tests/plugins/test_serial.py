"""Boards on a serial port: what is found by listening, and what happens when they fail."""

import numpy as np
import pytest
import simulated
from patience import patient
from present import present
from reading import read_until

from emgctl.errors import DeviceError
from emgctl.recording.listening.columns import find_columns, measured_rate_hz
from emgctl.recording.listening.line_format import line_format
from emgctl.recording.listening.sample_clock import SampleClock
from emgctl_serial.options import SerialOptions
from emgctl_serial.packets import packet, packet_channels, take_packets
from emgctl_serial.serial_input import SerialInput

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(400, 600, (100, 3)).tolist()
ARRIVED_S = np.arange(100) * 0.005
pytest.importorskip("serial")


def understood(lines, time_column=None):
    """The form, the roles of the columns, and the rate of lines that come every 5 ms."""
    form = present(line_format(lines))
    values = np.array([form.values(line) for line in lines if form.values(line) is not None])
    arrived_s = ARRIVED_S[-len(values) :].astype(np.float64)
    columns = find_columns(form.names, values, arrived_s, time_column)
    return form, columns, measured_rate_hz(values, arrived_s, columns)


@pytest.mark.parametrize(
    ("written", "roles", "unit"),
    [
        (lambda n, a, b, c: f"{a}", "x", ""),
        (lambda n, a, b, c: f"{a},{b},{c}", "xxx", ""),
        (lambda n, a, b, c: f"{a} {b}\t{c}", "xxx", ""),
        (lambda n, a, b, c: f"{5 * n}\t{a}\t{b}", "txx", "ms"),
        (lambda n, a, b, c: f"{a:5d}, {b:5d},{5000 * n + 17}", "xxt", "us"),
        (lambda n, a, b, c: f"eK,{5000 * n},{a},{b}", "txx", "us"),
        (lambda n, a, b, c: f"A0:{a},A1:{b}", "xx", ""),
        (lambda n, a, b, c: f"EMG = {a} mV; trigger={b}", "xx", ""),
        (lambda n, a, b, c: f"{n % 64};{a};{b}", "cxx", ""),
        (lambda n, a, b, c: f"0,1023,{a}", "llx", ""),
        (lambda n, a, b, c: f"0,{a},{b}", "xxx", ""),
        (lambda n, a, b, c: f"{a / 7:.4f};{b / 7:.4f}".replace(".", ","), "xx", ""),
        (lambda n, a, b, c: f"{5 * n / 1000:.3f} {-a / 1000:.3e}", "tx", "s"),
    ],
)
def test_columns_are_found(written, roles, unit):
    lines = [written(number, *row) for number, row in enumerate(NOISE)]
    form, columns, rate_hz = understood(["00 cut", "ets Jun  8 2016 00:22:57", *lines])
    assert "".join({"electrode": "x"}.get(one, one[0]) for one in columns.roles) == roles
    assert columns.unit == unit
    assert columns.modulus == (64 if "c" in roles else 0)
    assert rate_hz == 200
    assert form.values("nonsense") is None


def test_names_units_and_values_that_are_none_are_understood():
    form = present(
        line_format(["t_ms,flexor (mV),extensor (mV)", *(f"{5 * n},{a},{b}" for n, (a, b, _) in enumerate(NOISE))])
    )
    assert form.names == ("t_ms", "flexor (mV)", "extensor (mV)")
    assert form.units == ("", "mV", "mV")
    assert form.values("5,1.5,-2") == [5, 1.5, -2]
    assert np.isnan(present(form.values("5,nan,ovf"))[1:]).all()
    assert present(line_format([f"{a}uV {b}uV" for a, b, _ in NOISE])).units == ("uV", "uV")
    assert line_format(["hello", "world", "1 2", "3,4"]) is None


def test_lost_samples_are_counted_by_stamps_by_a_counter_and_by_damaged_lines():
    clock = SampleClock(200.0, 1e-3, longest_step_s=0.005)
    assert [clock.lost(0.0, stamp) for stamp in (0, 5, 10, 15, 30, 35)] == [0, 0, 0, 0, 2, 0]
    assert [clock.lost(0.0, stamp) for stamp in (3512, 9e9, 50)] == [None, None, 2]  # damaged ones
    assert [clock.lost(1.0, stamp) for stamp in (0, 5)] == [None, 199]  # the board began anew
    assert clock.restarts == 1
    micros = SampleClock(200.0, 1e-6)
    assert [micros.lost(0.0, stamp) for stamp in (2**32 - 4000, 1000)] == [0, 0]  # micros() begins again
    counter = SampleClock(200.0, modulus=256)
    assert [counter.lost(0.0, None, number) for number in (254, 255, 0, 3)] == [0, 0, 0, 2]
    unseen = SampleClock(200.0)  # a counter that has not begun again yet
    assert [unseen.lost(0.0, None, number) for number in (255, 0, 1, 255, 0)] == [0, 0, 0, 253, 0]
    network = SampleClock(200.0, modulus=65536, reorders=True)
    assert [network.lost(0.0, None, number) for number in (65535, 0, 2, 1, 2)] == [0, 0, 1, None, None]
    assert network.late
    assert [network.lost(0.0, None, number) for number in (40000, 3)] == [None, 0]  # anybody may have sent it
    assert [network.lost(1.0, None, number) for number in (9000, 9001)] == [None, 199]  # it began anew
    plain = SampleClock(200.0)
    plain.lost(0.0)
    plain.damaged()
    assert plain.lost(0.1) == 1


def test_packets_are_found_in_the_stream_and_damaged_ones_skipped():
    rows = [[number, 0xC77C, 1023] for number in range(300)]
    data = bytearray(b"\x7c\x01" + b"".join(packet(number, row) for number, row in enumerate(rows)))
    assert packet_channels(bytes(data)) == 3
    del data[36:39]
    found, skipped = take_packets(data, 3)
    assert len(found) == 299
    assert skipped > 0
    assert [values[0] for _, values in found] == [float(row[0]) for row in rows if row[0] != found_hole(found)]
    assert packet_channels(RANDOM.bytes(1000)) == 0


def found_hole(found):
    """The number of the packet that is missing."""
    return next(n for n, (number, _) in enumerate(found) if number != n % 256)


@pytest.fixture(scope="module")
def board():
    made = simulated.Making(simulated.Simulated)
    yield made
    made.close()


def first_value(blocks):
    return np.concatenate([block.samples[:, 0] for block in blocks])


@pytest.mark.process
def test_a_board_is_understood_and_its_faults_are_counted(board):
    device = board("serial", "channels=8", "time=ms", "pattern=count", "baud=57600")
    stall_s = patient(0.5)
    one = SerialInput(SerialOptions(port=device.port, listen_s=1.0, stall_s=stall_s))
    signal = one.open()
    assert (signal.channels, signal.rate_hz) == (8, 500)
    assert dict(one.stream_description().options)["baud"] == 57600
    blocks = read_until(one, lambda block: block.start > 500)
    assert set(np.diff(first_value(blocks)).tolist()) == {7.0, -993.0}  # every sample, in order
    assert one.status["samples_lost"] == 0
    device.order("lose 10")
    read_until(one, lambda _: one.status["samples_lost"] == 10)
    device.order("garbage 300")
    read_until(one, lambda _: one.status["damaged"])
    device.order("reset")
    read_until(one, lambda _: one.status["restarts"])
    last = read_until(one, lambda block: len(block.samples) > 1)[-1]
    assert set(np.diff(last.samples[:, 0]).tolist()) <= {7.0, -993.0}
    device.order(f"silence {2 * stall_s + 0.5}")
    with pytest.raises(DeviceError, match=rf"sent no samples for {stall_s:g} s"):
        read_until(one, lambda _: False)
    one.close()
    assert one.open() == signal
    device.order("pull 0.5")
    with pytest.raises(DeviceError, match="the port is gone"):
        read_until(one, lambda _: False)
    one.close()
    assert one.open() == signal  # waits until the board is plugged in again
    read_until(one, lambda block: block.start >= 0)
    one.close()


@pytest.mark.process
def test_packets_of_chords_are_read_from_a_board_that_is_told_to_start(board):
    device = board("serial", "format=chords", "channels=6", "pattern=count")
    one = SerialInput(SerialOptions(port=device.port, format="chords", listen_s=1.0))
    signal = one.open()
    assert (signal.channels, signal.rate_hz) == (6, 500)
    blocks = read_until(one, lambda block: block.start > 200)
    assert set(np.diff(first_value(blocks)).tolist()) == {7.0, -993.0}
    one.close()
    device.until(lambda: {"event": "order", "words": ["STOP"]} in device.events)


@pytest.mark.process
def test_what_can_not_be_understood_is_refused(board):
    device = board("serial", "format=chords")
    with pytest.raises(DeviceError, match=r"sent nothing for 0.3 s"):
        SerialInput(SerialOptions(port=device.port, wait_s=0.3)).open()
    with pytest.raises(DeviceError, match="there is no such port; plug the board in"):
        SerialInput(SerialOptions(port=f"{device.port}x")).open()
