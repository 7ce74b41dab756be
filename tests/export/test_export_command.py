"""What ``emgctl export`` writes, and what it refuses before it writes anything."""

import json
import re
import shutil
import subprocess

import pytest
from command_line import emgctl
from exported import (
    COMPILERS,
    DEMO,
    GESTURES,
    demo_samples,
    holds_of,
    personal_model,
    profile_of,
    program_of,
)
from needed import needs

from emgctl.dsp.preprocessing import Preprocessing
from emgctl.errors import DeviceError, UsageError
from emgctl.export.boards import BOARDS, M4F, Board, board_named
from emgctl.export.buffers import UnknownCodeError, with_static_buffers
from emgctl.export.compiler import MICRO
from emgctl.export.emulator import EMULATOR
from emgctl.export.footprint import Fit, check_fit, footprint
from emgctl.export.literals import real, text
from emgctl.export.operators import with_shared_operators
from emgctl.export.targets import decoder_files
from emgctl.inference.model_card import CardSignal
from emgctl.recording.reader import read_recording

pytestmark = needs("emx_onnx_cgen")
CODE = """void net(const float in[2][3], float out[3]) {
    float tmp0[2][3];
    bool tmp1[2][3];
    float tmp2[2][3];
    float tmp3[2][3];
    op0(in, tmp0);
    op1(tmp0, tmp1);
    op2(tmp0, tmp1, tmp2);
    op3(tmp2, tmp3);
    op4(tmp3, out);
}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    recording = read_recording(DEMO.with_name("demo.h5"))
    return personal_model(tmp_path_factory.mktemp("model"), holds_of(recording, {name: name for name in GESTURES}))


def test_values_that_are_needed_at_the_same_time_have_memory_of_their_own():
    code = with_static_buffers(CODE, "net")
    assert "static float net_floats[12];\nstatic bool net_bools[6];" in code
    places = dict(re.findall(r"\*const (tmp\d)\).*&net_floats\[(\d+)\];", code))
    assert places["tmp0"] != places["tmp2"] != places["tmp3"]
    assert code.endswith("    op4(tmp3, out);\n}\n")


OTHERS = [("op2(", "x = op2("), ("void net", "void other"), ("float tmp2", "float *tmp2")]


@pytest.mark.parametrize(("old", "new"), OTHERS)
def test_code_of_another_form_is_refused(old, new):
    with pytest.raises(UnknownCodeError):
        with_static_buffers(CODE.replace(old, new), "net")


OPERATORS = "".join(
    f"/*\n * Node {number}:\n * OpType: Add\n */\nEMX_NODE_FN void node{number}({kind} a[2]) {{\n    a[0] = 1;\n}}\n\n"
    for number, kind in enumerate(("float", "bool", "float"))
)


def test_operators_that_do_the_same_are_one():
    code = with_shared_operators(f"{OPERATORS}void net() {{\n    node0(x);\n    node1(y);\n    node2(z);\n}}\n")
    assert re.findall(r"EMX_NODE_FN void (\w+)\((\w+)", code) == [("node0", "float"), ("node1", "bool")]
    assert "    node0(x);\n    node1(y);\n    node0(z);\n" in code


@pytest.mark.parametrize(("value", "written"), [(0.1, "0.1"), (3, "3.0"), (1e-9, "1e-09"), (1e20, "1e+20")])
def test_a_number_stays_the_same_and_real(value, written):
    assert real(value) == written


def test_a_label_of_any_letters_is_a_string_in_c():
    assert text('"ö?/\n') == '"\\042\\303\\266\\077/\\012"'


def test_a_decoder_that_learns_is_refused_by_name(model, tmp_path):
    profile = profile_of(model, "  adaptation: {}\n")
    done = emgctl("export", profile, "--to", "c", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "decoder.adaptation can't be exported" in done.stderr
    assert not (tmp_path / "out").exists()


def test_another_kind_of_decoder_is_refused_by_name(tmp_path):
    done = emgctl("export", DEMO.with_name("two-muscles.yaml"), "--to", "c", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "decoder 'muscles' can't be exported" in done.stderr


def test_several_inputs_are_refused(tmp_path):
    done = emgctl("export", DEMO.with_name("two-arms.yaml"), "--to", "c", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "one input at a time" in done.stderr


def test_a_step_that_exists_in_python_only_is_refused(tmp_path):
    recording = read_recording(DEMO.with_name("demo.h5"))
    holds = holds_of(recording, {name: name for name in GESTURES})
    signal = CardSignal(channels=8, rate_hz=200.0, unit="count", grid=(2, 4))
    card = {"signal": signal, "preprocessing": Preprocessing(electrodes=True)}
    done = emgctl("export", personal_model(tmp_path, holds, **card), "--to", "c", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "'electrodes' can't be exported" in done.stderr


def test_without_a_compiler_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    done = emgctl("export", DEMO, "--to", "native", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "there is no C compiler; " in done.stderr


def test_a_file_in_the_folder_s_place_is_kept(tmp_path):
    (tmp_path / "out").write_text("mine")
    done = emgctl("export", DEMO, "--to", "c", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "is not a folder" in done.stderr
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)")
def test_a_model_alone_is_a_program_that_names_a_bad_line(model, tmp_path):
    done = emgctl("export", model, "--to", "native", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    program = tmp_path / "emg-decode"
    rows = [" ".join(map(str, row)) for row in demo_samples()[:70].astype(int)]
    lines = [*rows[:64], "1 2 three", "1,2", "x" * 5000, *rows[:64]]
    decoded = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True)
    assert decoded.returncode == 0
    assert decoded.stderr == "line 65: should be 8 numbers\n"
    assert [line.split(",")[0] for line in decoded.stdout.splitlines()] == ["sample", "64", "131"]
    assert subprocess.run([program, "--help"], capture_output=True, text=True).stdout.startswith("Usage: ")


@pytest.mark.slow
def test_the_library_for_arduino_has_all_it_includes(model, tmp_path):
    done = emgctl("export", model, "--to", "arduino", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "src").iterdir()}
    assert {"emg.h", "emg_model.h", "emg_network.c"} <= names
    assert "main.c" not in names
    assert "architectures=*" in (tmp_path / "library.properties").read_text()
    assert "emg_push" in (tmp_path / "examples" / "Decide" / "Decide.ino").read_text()
    assert "emg_link_take" in (tmp_path / "examples" / "Check" / "Check.ino").read_text()
    card = json.loads((tmp_path / "emg_card.json").read_text())
    assert (card["channels"], card["rate_hz"], card["hop"], len(card["model"])) == (8, 200.0, 10, 64)
    assert tuple(card["labels"][:3]) == GESTURES
    for path in (tmp_path / "src").iterdir():
        included = [line.split('"')[1] for line in path.read_text().splitlines() if line.startswith('#include "')]
        assert names.issuperset(included)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which(MICRO) is None, reason=f"needs {MICRO} (Debian: gcc-arm-none-eabi)")
def test_a_decoder_of_eight_channels_is_small(model, monkeypatch, tmp_path):
    program, network = program_of(model)
    found = footprint(decoder_files(program, network), M4F)
    assert found.flash < 64 * 1024
    assert found.ram + found.stack < 16 * 1024
    assert found.flash > 22_000  # its weights
    small = Board("Tiny", M4F, 100, 16 * 1024, 8 * 1024)
    monkeypatch.setattr("emgctl.export.footprint.BOARDS", (small, BOARDS[-1]))
    over = f"{found.flash - small.flash} bytes of flash too many"
    done = emgctl("export", model, "--to", "c", "--out", tmp_path, "--boards")
    assert f"Tiny, Cortex-M4F: no: {over}; " in done.stdout
    if shutil.which(EMULATOR):
        assert re.search(r"; 2\d{5} instructions a window, 2\.\d ms at 100 MHz\n", done.stdout)
    assert "AVR: no: its double has 32 bits" in done.stdout


@pytest.mark.skipif(shutil.which(MICRO) is None, reason=f"needs {MICRO} (Debian: gcc-arm-none-eabi)")
def test_what_does_not_fit_the_named_board_is_not_written(model, tmp_path):
    done = emgctl("export", model, "--to", "c", "--out", tmp_path / "no", "--board", "uno")
    assert done.returncode == 1
    assert "the program does not fit Arduino Uno (ATmega328P): its double has 32 bits" in done.stderr
    assert not (tmp_path / "no").exists()
    with pytest.raises(DeviceError, match="does not fit Tiny: 12 bytes of memory too many"):
        check_fit(Fit(Board("Tiny", M4F, 100, 1, 1), None, ("12 bytes of memory too many",)))


def test_a_board_is_named_by_any_words_of_its_name():
    assert board_named("pico").name == "Raspberry Pi Pico (RP2040)"


@pytest.mark.parametrize(("name", "message"), [("Raspberry", "may mean"), ("Uno X", "known: Arduino Zero")])
def test_another_name_of_a_board_is_refused(name, message):
    with pytest.raises(UsageError, match=message):
        board_named(name)
