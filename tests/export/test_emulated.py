"""The exported program on emulated Cortex-M4F, M7 and M33 (QEMU's MPS2 boards) decides as emgctl run does."""

import shutil

import numpy as np
import pytest
from exported import (
    DEMO,
    GESTURES,
    HERE,
    assert_equal,
    blocks,
    by_emgctl,
    by_harness,
    holds_of,
    personal_model,
    profile_of,
    program_of,
)
from full_form import FULL
from needed import needs

from emgctl.export.boards import M4F, M7, M33
from emgctl.export.compiler import MICRO
from emgctl.export.emulator import EMULATOR, build, counted, play
from emgctl.export.targets import decoder_files
from emgctl.recording.datasets import read_dataset
from emgctl.recording.reader import read_recording

MISSING = [name for name in (MICRO, EMULATOR) if shutil.which(name) is None]
BOARD = "board.c"
RULES = "  postprocessing: {smoothing: mean, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}\n"
CORES = (M4F, M7, M33) if FULL else (M4F,)
pytestmark = [
    needs("emx_onnx_cgen"),
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"there is no {' and no '.join(MISSING)} (Debian: see docs/export.md)"),
]


def emulated(program, network, samples, core, folder):
    """What the board decided, and the most instructions that a sample took."""
    build(folder, {**decoder_files(program, network), BOARD: (HERE / "mps2" / BOARD).read_text()}, core)
    samples.tofile(folder / "samples.f32")
    ticks = int(play(folder, core.machine))
    return by_harness(program, (folder / "decisions.txt").read_text()), counted(core.machine, ticks)


def test_a_person_s_decoder_on_microcontrollers(data_dir, tmp_path):
    if FULL:
        first, used = (read_dataset(f"text:{data_dir('myo_continuous') / name}") for name in ("45612-1", "45612-3"))
        holds = holds_of(first[2], {"0": "rest", "2": "extension"}) | holds_of(first[7], {"7": "fist"})
        samples = np.concatenate([one.samples for one in used])
    else:
        recording = read_recording(DEMO.with_name("demo.h5"))
        holds, samples = holds_of(recording, {name: name for name in GESTURES}), recording.samples[:4000]
    profile = profile_of(personal_model(tmp_path, holds), RULES)
    program, network = program_of(profile)
    expected = by_emgctl(profile, blocks(samples))
    for core in CORES:
        found, instructions = emulated(program, network, samples, core, tmp_path / core.name)
        assert_equal(found, expected)
        assert 100_000 < instructions < 300_000, core.name  # 3 ms at 100 MHz and an instruction a cycle


@pytest.mark.skipif(not FULL, reason="full form only")
def test_the_demo_on_a_cortex_m4f(tmp_path):
    program, network = program_of(DEMO)
    samples = read_recording(DEMO.with_name("demo.h5")).samples
    found, _ = emulated(program, network, samples, M4F, tmp_path)
    assert_equal(found, by_emgctl(DEMO, blocks(samples)))
