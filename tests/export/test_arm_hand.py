"""The firmware of an arm without a computer, firmware/arm-hand, on an emulated Cortex-M4: pulses and safe pose."""

import itertools
import random
import re
import shutil
import struct
import subprocess
import time
from contextlib import contextmanager

import numpy as np
import pytest
from command_line import emgctl
from exported import DEMO, GESTURES, HERE, holds_of, personal_model, profile_of, program_of
from full_form import FULL
from needed import needs

from emgctl.export.board_link import DECODE, SAMPLES, BoardLink, Frames, frame
from emgctl.export.boards import M4F
from emgctl.export.compiler import MICRO
from emgctl.export.emulator import EMULATOR, build, play
from emgctl.export.targets import decoder_files, write_files
from emgctl.recording.reader import read_recording
from emgctl_hand.drives import DRIVES, GRIPS

FIRMWARE = HERE.parents[1] / "firmware" / "arm-hand"
pytestmark = needs("emx_onnx_cgen")
MISSING = [name for name in (MICRO, EMULATOR, "make") if shutil.which(name) is None]
RULES = "  postprocessing: {smoothing: mean, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}\n"
SAMPLE_MS = 5
PLAY = (EMULATOR, "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "pty")
EMULATED = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"there is no {' and no '.join(MISSING)} (Debian: see docs/export.md)"),
    pytest.mark.skipif(not FULL, reason="full form only"),
]


def emulated(test):
    for mark in EMULATED:
        test = mark(test)
    return test


def closed(grip):
    """A grip's pulses in microseconds."""
    return [round(1000 + 1000 * round(255 * GRIPS[grip][name]) // 255) for name in DRIVES]


class Line:
    """What comes over the hand's line, and when."""

    def __init__(self, holds):
        self.rows = {name: itertools.cycle(held[:160]) for name, held in holds.items()}
        self.records, self.at_ms, self.number = [], 0, 0

    def sample(self, row):
        self.number = (self.number + 1) % 256
        return frame(SAMPLES, bytes([self.number]) + row.astype("<f4").tobytes())

    def bytes(self, data, takes_ms=0):
        self.records.append(struct.pack("<II", self.at_ms, len(data)) + data)
        self.at_ms += takes_ms

    def gesture(self, name, for_ms):
        """Samples of a gesture; returns when they end."""
        for _ in range(for_ms // SAMPLE_MS):
            self.bytes(self.sample(next(self.rows[name])), SAMPLE_MS)
        return self.at_ms

    def silence(self, for_ms):
        self.at_ms += for_ms
        return self.at_ms


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    folder = tmp_path_factory.mktemp("person")
    holds = holds_of(read_recording(DEMO.with_name("demo.h5")), {name: name for name in GESTURES})
    profile = profile_of(personal_model(folder, holds), RULES)
    return profile, decoder_files(*program_of(profile)), holds


@emulated
def test_the_arm_moves_after_rest_and_takes_its_safe_pose_in_silence_garbage_and_faults(person, tmp_path):
    _, decoder, holds = person
    line, noise = Line(holds), random.Random(1)
    line.bytes(frame(b"Q"))
    before_rest = line.gesture("fist", 1000)
    line.gesture("rest", 1000)
    cut = line.gesture("fist", 1500)
    line.silence(1000)
    waits = line.gesture("fist", 1000)
    line.gesture("rest", 1000)
    garbage = line.gesture("fist", 1500)
    for _ in range(200):
        damaged = bytearray(line.sample(next(line.rows["fist"])))
        damaged[noise.randrange(1, len(damaged))] ^= 1 << noise.randrange(8)
        line.bytes(noise.randbytes(8) + damaged, SAMPLE_MS)
    line.gesture("rest", 1000)
    bad = line.gesture("fist", 1500)
    line.bytes(line.sample(np.full(8, np.nan)))
    line.gesture("fist", 1000)
    line.bytes(b"")
    (tmp_path / "line.bin").write_bytes(b"".join(line.records))
    firmware = {name: (FIRMWARE / name).read_text() for name in ("arm_hand.c", "board.h", "hand_config.h")}
    build(tmp_path, {**decoder, **firmware, "line.c": (HERE / "mps2" / "line.c").read_text()}, M4F)
    assert M4F.machine is not None
    play(tmp_path, M4F.machine, "shift=0,sleep=off")

    changes = [tuple(map(int, row.split())) for row in (tmp_path / "pulses.txt").read_text().splitlines()]

    def pulses(before_ms):
        return list([change for change in changes if change[0] < before_ms][-1][1:])

    def opens_after(begin_ms):
        first = next(change for change in changes if change[0] >= begin_ms)
        assert first[1 + DRIVES.index("index")] == 1950
        return first[0] - begin_ms

    assert changes[0][0] > before_rest
    assert pulses(cut) == pulses(garbage) == pulses(bad) == closed("power")
    assert 200 <= opens_after(cut) <= 240
    assert pulses(waits) == [1000] * 6
    assert 200 <= opens_after(garbage) <= 240
    assert opens_after(bad) <= 40
    assert pulses(line.at_ms) == [1000] * 6
    index = [change[1 + DRIVES.index("index")] for change in changes]
    assert max(np.abs(np.diff(index))) <= 50
    sent = list(Frames().push((tmp_path / "line.out").read_bytes()))
    assert [what for what, _ in sent].count(ord("K")) == 1
    assert len([what for what, _ in sent if what == ord("D")]) > 100


@contextmanager
def board(decoder, folder, *words):
    """The serial port of an emulated board that runs the firmware with a decoder."""
    write_files(folder / "export", decoder)
    make = ["make", "-C", FIRMWARE, f"EXPORT={folder / 'export'}", f"BUILD={folder}", *words]
    made = subprocess.run(make, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    command = [*PLAY, "-kernel", folder / "hand.elf"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = re.search(r"/dev/\S+", process.stdout.readline())
            assert port is not None
            yield port[0]
        finally:
            process.kill()


@emulated
def test_a_board_with_the_firmware_is_compared_over_its_serial_port_and_moves_nothing_meanwhile(
    person, monkeypatch, tmp_path
):
    profile, decoder, _ = person
    for limit in ("board_link._ANSWER_S", "check._DECISION_S"):
        monkeypatch.setattr(f"emgctl.export.{limit}", 90.0)  # on a busy computer
    demo = DEMO.with_name("demo.h5")
    with board(decoder, tmp_path) as port:
        done = emgctl("export", profile, "--check", port, "--seconds", "1", "--input", f"replay:{demo}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("14 of 14 decisions equal")
        with BoardLink(port) as link:
            link.begin(DECODE)
            assert not [what for what, _ in link.frames() if what == ord("V")]


@emulated
def test_a_firmware_that_hangs_starts_anew_without_pulses(person, tmp_path):
    _, decoder, _ = person
    begun = struct.pack("<BBB6H", 0, 0, 0, *[1000] * 6)
    starts, until_s = 0, time.monotonic() + 120
    with board(decoder, tmp_path, f"EXTRA={HERE / 'electrodes.c'}") as port, BoardLink(port) as link:
        while starts < 2 and time.monotonic() < until_s:
            starts += link.frames().count((ord("V"), begun))
    assert starts >= 2


def test_the_grips_are_those_of_emgctl_s_hands():
    config = (FIRMWARE / "hand_config.h").read_text()
    for name in ("hook", "pinch", "tripod", "key", "point", "thumbs_up", "open", "power"):
        written = ", ".join(str(round(255 * GRIPS[name][drive])) for drive in DRIVES)
        assert f'{{"{name}", {{{written}}}}}' in config
