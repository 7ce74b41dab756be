"""The exported program on an emulated Cortex-M4F (QEMU's mps2-an386) decides as emgctl run does."""

import shutil
import subprocess

import numpy as np
import pytest

pytest.importorskip("emx_onnx_cgen")

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

from emgctl.export.boards import M4F
from emgctl.export.footprint import COMPILER
from emgctl.export.targets import decoder_files, write_files
from emgctl.recording.datasets import read_dataset
from emgctl.recording.reader import read_recording

EMULATOR = "qemu-system-arm"
MISSING = [name for name in (COMPILER, EMULATOR) if shutil.which(name) is None]
BOARD = HERE / "mps2"
FLAGS = ("-mthumb", "-std=gnu99", "-O2", "--specs=rdimon.specs", "-nostartfiles", f"-T{BOARD / 'mps2.ld'}")
INSTRUCTIONS_PER_TICK = 40  # with -icount shift=0 an instruction takes 1 ns, and the board's clock has 25 MHz
RULES = "  postprocessing: {smoothing: mean, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}\n"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"there is no {' and no '.join(MISSING)} (Debian: see docs/export.md)"),
]


def emulated(program, network, samples, folder):
    """What the board decided, and the most instructions that a sample took."""
    write_files(folder, decoder_files(program, network))
    samples.tofile(folder / "samples.f32")
    sources = [*folder.glob("*.c"), *BOARD.glob("*.c")]
    build = [COMPILER, *FLAGS, *M4F, f"-I{folder}", "-o", "program.elf", *sources, "-lm"]
    built = subprocess.run(build, cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    play = [EMULATOR, "-M", "mps2-an386", "-nographic", "-icount", "shift=0", "-kernel", "program.elf"]
    play += ["-semihosting-config", "enable=on,target=native"]
    done = subprocess.run(play, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    decided = by_harness(program, (folder / "decisions.txt").read_text())
    return decided, INSTRUCTIONS_PER_TICK * int(done.stdout)


def test_a_person_s_decoder_on_a_cortex_m4f(data_dir, tmp_path):
    if FULL:
        first, used = (read_dataset(f"text:{data_dir('myo_continuous') / name}") for name in ("45612-1", "45612-3"))
        holds = holds_of(first[2], {"0": "rest", "2": "extension"}) | holds_of(first[7], {"7": "fist"})
        samples = np.concatenate([one.samples for one in used])
    else:
        recording = read_recording(DEMO.with_name("demo.h5"))
        holds, samples = holds_of(recording, {name: name for name in GESTURES}), recording.samples[:4000]
    profile = profile_of(personal_model(tmp_path, holds), RULES)
    program, network = program_of(profile)
    found, instructions = emulated(program, network, samples, tmp_path / "c")
    assert_equal(found, by_emgctl(profile, blocks(samples)))
    assert instructions < 300_000  # 3 ms at 100 MHz and an instruction a cycle


@pytest.mark.skipif(not FULL, reason="full form only")
def test_the_demo_on_a_cortex_m4f(tmp_path):
    program, network = program_of(DEMO)
    samples = read_recording(DEMO.with_name("demo.h5")).samples
    found, _ = emulated(program, network, samples, tmp_path / "c")
    assert_equal(found, by_emgctl(DEMO, blocks(samples)))
