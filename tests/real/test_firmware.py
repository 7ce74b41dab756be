"""The reference firmware on a simulated ATmega328P: its pulses, and its watchdog."""

import itertools
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from simulated_avr import SimulatedAvr, runner

from emgctl.testing import gesture, run_context
from emgctl.types import Command
from emgctl_hand.drives import DRIVES, GRIPS
from emgctl_hand.hand import Hand, HandOptions
from emgctl_hand.protocols import Arduino

pytestmark = pytest.mark.simavr
HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware" / "arduino-hand"


class Board(SimulatedAvr):
    """The hand's firmware, with servos on its pins."""

    def pulses_us(self):
        """Each drive's last pulse, None where it has none."""
        last, begun = {}, {}
        for at_us, pin, level in list(self.edges):
            if level:
                begun[pin] = at_us
            elif pin in begun:
                last[pin] = at_us - begun[pin]
        return {name: last.get(place + 2) for place, name in enumerate(DRIVES)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("avr")
    subprocess.run(["make", "-C", FIRMWARE, f"BUILD={folder}"], check=True, capture_output=True)
    return runner(folder), folder / "hand.elf"


@pytest.fixture
def board(built):
    assert shutil.which("avr-gcc")
    one = Board(*built)
    time.sleep(0.3)
    yield one
    one.close()


def hand(board, **control):
    grips = {"fist": "power", "pinch": "pinch", "open": "open"}
    options = {"grips": grips, "move": "position", "speed_per_s": 10} | control
    return Hand(HandOptions(port=board.port, protocol="arduino", control=options, answer_s=2.0))


def keep(one, label, seconds=0.6):
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        one.send(Command(0.0, prediction=gesture(label, 0.0, intensity=1.0)))
        time.sleep(0.02)


def test_each_servo_s_pulse_is_within_a_percent_of_the_angle(board):
    one = hand(board)
    one.open(run_context())
    assert set(board.pulses_us().values()) == {None}  # nothing moves before the first command
    for label, grip in (("fist", "power"), ("pinch", "pinch"), ("open", "open")):
        keep(one, label)
        for name, pulse_us in board.pulses_us().items():
            wanted_us = 1000 + 1000 * GRIPS[grip][name]
            assert pulse_us == pytest.approx(wanted_us, rel=0.01), (label, name)
    starts = [at_us for at_us, pin, level in board.edges if pin == 2 and level]
    periods = [after - before for before, after in itertools.pairwise(starts)]
    assert max(periods) == pytest.approx(20_000, abs=20)
    assert min(periods) == pytest.approx(20_000, abs=20)
    one.close()


@pytest.mark.parametrize(("safe", "pulse_us"), [("open", 1000), ("hold", 2000), ("release_power", None)])
def test_its_watchdog_does_what_was_chosen_when_the_line_falls_quiet(board, safe, pulse_us):
    one = hand(board, safe={"end": safe})
    one.open(run_context())
    keep(one, "fist")
    assert board.pulses_us()["middle"] == pytest.approx(2000, rel=0.01)
    process = process_on(board.port)
    os.kill(process, signal.SIGSTOP)
    try:
        quiet_us = board.edges[-1][0]
        until_s = time.monotonic() + 5.0 * (pulse_us is not None)
        time.sleep(1.0)
        while time.monotonic() < until_s and board.edges[-1][0] - quiet_us < 800_000:
            time.sleep(0.05)  # a busy machine simulates more slowly
        after = [edge for edge in board.edges if edge[0] > quiet_us]
        middle = 2 + DRIVES.index("middle")
        begun, changed_us = {}, None
        for at_us, pin, level in after:
            if pin == middle and level:
                begun[pin] = at_us
            elif pin == middle and pin in begun and at_us - begun[pin] < 1900 and changed_us is None:
                changed_us = at_us
        if pulse_us is None:
            assert max(at_us for at_us, _, _ in after) - quiet_us < 350_000
        else:
            assert board.pulses_us()["middle"] == pytest.approx(pulse_us, rel=0.01)
        if safe == "open":
            assert 250_000 < changed_us - quiet_us < 350_000
    finally:
        os.kill(process, signal.SIGCONT)
    one.close()


def process_on(port):
    """The hand's own process, which has the port open."""
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            with suppress(OSError):
                if port in [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]:
                    return int(pid)
    raise AssertionError(f"no process has {port} open")


def test_damaged_frames_move_nothing(board):
    one = hand(board)
    one.open(run_context())
    keep(one, "open", 0.3)
    one.close()
    frame = bytearray(Arduino().move(dict.fromkeys(DRIVES, 1.0)))
    frame[4] ^= 1
    serial = pytest.importorskip("serial")
    with serial.Serial(board.port, Arduino.baud) as port:
        for _ in range(10):
            port.write(bytes(frame))
            port.write(b"\xa5\xa5\xff\x00garbage")
        time.sleep(0.3)
    assert board.pulses_us()["middle"] == pytest.approx(1000, rel=0.01)


def test_released_power_means_no_pulses_until_the_next_movement(board):
    one = hand(board, idle_off_s=0.3)
    one.open(run_context())
    keep(one, "fist", 0.5)
    keep(one, "rest", 0.6)
    released = len(board.edges)
    keep(one, "rest", 0.3)
    assert len(board.edges) == released
    keep(one, "open", 0.4)
    assert board.pulses_us()["middle"] < 1900
    one.close()
