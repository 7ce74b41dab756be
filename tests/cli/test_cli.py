"""The command line as a user meets it: real processes where exit status, signals and streams are the point."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from command_line import emgctl
from patience import patient, until

from emgctl.cli import COMMANDS, cli

PROFILES = Path(__file__).parents[2] / "profiles"
EMGCTL = Path(sys.executable).with_name("emgctl")


def process(*arguments):
    return subprocess.run([EMGCTL, *map(str, arguments)], capture_output=True, text=True, timeout=patient(120))


@pytest.fixture
def profile(tmp_path):
    """A copy of the demo that logs, and a function to change it."""
    for name in ("demo.h5", "demo.onnx"):
        (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
    content = yaml.safe_load((PROFILES / "demo.yaml").read_text())
    content["outputs"] = [{"kind": "log", "path": "log.jsonl"}]
    path = tmp_path / "demo.yaml"

    def change(**sections):
        for name, values in sections.items():
            content[name] = {**content[name], **values} if isinstance(values, dict) else values
        path.write_text(yaml.safe_dump(content))
        return path

    change()
    return change


def decisions(profile_path):
    return [json.loads(line) for line in (profile_path.parent / "log.jsonl").read_text().splitlines()]


@pytest.mark.process
def test_help_names_every_command_and_each_has_an_example():
    top = process("--help")
    assert top.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in top.stdout
        shown = emgctl(name, "--help")
        assert shown.returncode == 0, shown.stderr
        assert "Example" in shown.stdout, name


def alone_at_a_terminal(folder, typed, shown, ends=True):
    """The status of ``emgctl`` without a command, and what it shows until this text, after this was typed."""
    ours, theirs = os.openpty()
    nothing = {"BROWSER": "true", "DISPLAY": "", "TERM": "dumb"}  # no browser is opened
    run = subprocess.Popen([EMGCTL], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=os.environ | nothing)
    os.close(theirs)
    text = b""
    try:
        while b"[Y/n]" not in text:
            text += os.read(ours, 4096)
        os.write(ours, typed)
        while shown not in text:
            text += os.read(ours, 4096)
        if not ends:
            run.send_signal(signal.SIGINT)
        return run.wait(patient(10)), text.decode()
    finally:
        run.kill()
        run.wait()
        os.close(ours)


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
def test_without_a_command_the_studio_is_offered_and_a_terminal_is_asked(tmp_path):
    offer = "To set up and watch emgctl in the browser, run: emgctl studio"
    script = subprocess.run([EMGCTL], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patient(60))
    assert (script.stdout + script.stderr).startswith(offer)
    assert "[Y/n]" not in script.stdout + script.stderr
    status, text = alone_at_a_terminal(tmp_path, b"n\n", b"completion ")
    assert status == script.returncode
    assert offer in text
    status, text = alone_at_a_terminal(tmp_path, b"\n", b"the studio is at http://127.0.0.1:", ends=False)
    assert "Usage" not in text


def test_an_unknown_command_names_the_nearest():
    result = process("rnu")
    assert (result.returncode, "did you mean 'run'?" in result.stderr) == (2, True)


@pytest.mark.process
def test_run_imports_neither_torch_nor_a_plugin_it_does_not_need(profile):
    program = (
        "import sys; from emgctl.cli import cli; "
        f"cli(['run', '-p', {str(profile())!r}, '--speed', 'max'], standalone_mode=False); "
        "print([name for name in ('torch', 'sklearn', 'scipy', 'matplotlib', 'emgctl_osc', 'emgctl_gamepad', 'rich', "
        "'ruamel.yaml', 'jinja2', 'starlette', 'uvicorn', 'emgctl_files.text') "
        "if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=patient(60))
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.process
def test_two_runs_give_the_same_bytes_and_the_paced_run_the_same_decisions(profile, tmp_path):
    path = profile(input={"to_s": 6.0})
    logs = []
    for speed in ("max", "max", "4"):
        assert emgctl("run", "-p", path, "--speed", speed).returncode == 0
        logs.append((tmp_path / "log.jsonl").read_bytes())
    assert logs[0] == logs[1] == logs[2]
    assert len(decisions(path)) == 118


@pytest.mark.slow
def test_stats_say_what_happened(profile, tmp_path):
    stats = tmp_path / "stats.json"
    assert emgctl("run", "-p", profile(), "--speed", "max", "--stats", stats).returncode == 0
    told = json.loads(stats.read_text())
    assert told["samples"] == 12_000
    assert told["windows_decoded"] == 1197
    assert told["outputs"]["log"]["commands"] == 1198
    assert told["latency_us"]["p99"] >= told["latency_us"]["p50"] > 0
    assert told["stage_us"]["decode"]["count"] == 1197
    assert told["transitions"][0]["after"] == "fresh"
    assert told["gaps"] == told["windows_skipped"] == 0


@pytest.mark.parametrize(
    "number", [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
)
@pytest.mark.process
def test_a_signal_leaves_everything_neutral_and_the_recording_closed(profile, tmp_path, number):
    path, recording, stats = profile(), tmp_path / "run.h5", tmp_path / "stats.json"
    running = subprocess.Popen([EMGCTL, "run", "-p", path, "--record", recording, "--stats", stats])
    log = tmp_path / "log.jsonl"
    until(lambda: log.exists() and log.read_bytes().count(b"\n") > 15, 20)
    begun_s = time.monotonic()
    running.send_signal(number)
    assert running.wait(patient(10)) == 0
    assert time.monotonic() - begun_s < patient(1.0)
    assert decisions(path)[-1]["reason"] == f"stopped by {signal.Signals(number).name}"
    info = json.loads(emgctl("data", "info", recording, "--json").stdout)
    assert info["recordings"][0]["samples"] == json.loads(stats.read_text())["samples"] > 100


def test_check_states_what_will_happen(profile):
    result = emgctl("check", "-p", profile())
    assert result.returncode == 0, result.stderr
    assert "OK" in result.stdout
    assert "fist: hold button a" in result.stdout


def onnx_without_card(path):
    import onnx
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "g",
        [value],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def no_model(profile, folder):
    return profile(decoder={"model": "nobody.onnx"}), 1, f": decoder.model: {folder / 'nobody.onnx'}: can't be read"


def wrong_hash(profile, folder):
    return profile(decoder={"sha256": "0" * 64}), 1, "is not the model in the profile"


def no_onnx(profile, folder):
    (folder / "x.onnx").write_bytes(b"garbage")
    return profile(decoder={"model": "x.onnx", "sha256": ""}), 1, "is not an ONNX model"


def no_card(profile, folder):
    onnx_without_card(folder / "x.onnx")
    return profile(decoder={"model": "x.onnx", "sha256": ""}), 1, "has no emgctl metadata"


def no_recording(profile, folder):
    return profile(input={"path": "nobody.h5"}), 1, "nobody.h5: does not exist"


def cut_recording(profile, folder):
    (folder / "cut.h5").write_bytes((folder / "demo.h5").read_bytes()[:3000])
    return profile(input={"path": "cut.h5"}), 1, "cut.h5: is damaged or truncated"


def empty_csv(profile, folder):
    (folder / "x.csv").write_text("")
    return profile(input={"path": "x.csv"}), 1, "x.csv: is empty"


def ragged_csv(profile, folder):
    (folder / "x.csv").write_text("1,2,3,4,5,6,7,8\n1,2,3,4,5,6,7,8\n1,2,3\n")
    return profile(input={"path": "x.csv"}), 1, "x.csv: line 3: has 3 columns, not 8 like the lines before"


def words_in_csv(profile, folder):
    (folder / "x.csv").write_text("1,2,3,4,5,6,7,8\n1,2,3,4,abc,6,7,8\n")
    return profile(input={"path": "x.csv"}), 1, "x.csv: line 2: 'abc' is not a number"


def too_short(profile, folder):
    (folder / "x.csv").write_text("1,2,3,4,5,6,7,8\n" * 5)
    return profile(input={"path": "x.csv"}), 1, "is shorter than the decoder's window"


def too_many_channels(profile, folder):
    np.savetxt(folder / "x.csv", np.zeros((100, 64)), fmt="%d", delimiter=",")
    return (
        profile(input={"path": "x.csv"}),
        1,
        "the model expects 8 channels at 200 Hz in count, but the input provides 64",
    )


def wrong_rate(profile, folder):
    return profile(input={"rate_hz": 1000}), 1, "but the input provides 8 channels at 1000 Hz"


def unknown_gesture(profile, folder):
    return profile(mapping={"fits": []}), 2, "mapping.fits: is not one of the model's gestures; did you mean 'fist'?"


def unknown_button(profile, folder):
    path = profile(outputs=[{"kind": "gamepad"}], mapping={"fist": [{"do": "hold", "button": "dpad_upp"}]})
    return path, 2, "mapping.fist[0].button: no output has the button 'dpad_upp'; did you mean 'dpad_up'?"


def unknown_rest(profile, folder):
    return profile(decoder={"rest": "rset"}), 1, "has no label 'rset'; did you mean 'rest'?"


def unknown_rules(profile, folder):
    post = {"gestures": {"fits": {"enter": 0.5}}}
    return profile(decoder={"postprocessing": post}), 1, "postprocessing.gestures: has no label 'fits'"


def missing_port(profile, folder):
    port = str(folder / "ttyUSB9")
    return profile(outputs=[{"kind": "hand", "port": port, "safe_line": "stop"}]), 1, "there is no such port"


def unwritable_log(profile, folder):
    return profile(outputs=[{"kind": "log", "path": "no/such/folder/log"}]), 1, "can't be written: No such file"


MISTAKES = [
    no_model, wrong_hash, no_onnx, no_card, no_recording, cut_recording, empty_csv, ragged_csv, words_in_csv, too_short,
    too_many_channels, wrong_rate, unknown_gesture, unknown_button, unknown_rest, unknown_rules, missing_port,
    unwritable_log,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_ends_in_one_clear_sentence(profile, tmp_path, mistake):
    path, status, message = mistake(profile, tmp_path)
    before = sorted(tmp_path.iterdir())
    result = emgctl("run", "-p", path, "--speed", "max", "--stats", tmp_path / "stats.json", cwd=tmp_path)
    assert message in result.stderr
    assert result.returncode == status
    assert "Traceback" not in result.stderr
    assert all(line.startswith("emgctl: ") for line in result.stderr.splitlines())
    assert set(tmp_path.iterdir()) - set(before) <= {tmp_path / "log.jsonl"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "Missing option"),
        (["run", "-p", "nobody.yaml"], "nobody.yaml: can't be read"),
        (["run", "-p", PROFILES / "demo.yaml", "--speed", "quick"], "neither real, max nor a positive factor"),
        (["run", "-p", PROFILES / "demo.yaml", "--input", "myoo"], "unknown input 'myoo'"),
        (["run", "-p", PROFILES / "demo.yaml", "--input", "synthetic:fits"], "fits"),
    ],
)
@pytest.mark.process
def test_wrong_usage_has_status_2(arguments, message):
    result = process(*arguments)
    assert (result.returncode, message in result.stderr) == (2, True), result.stderr


@pytest.mark.process
def test_a_recording_is_never_overwritten(profile, tmp_path):
    taken = tmp_path / "taken.h5"
    taken.write_text("precious")
    result = process("run", "-p", profile(), "--speed", "max", "--record", taken)
    assert (result.returncode, "exists already" in result.stderr) == (1, True)
    assert taken.read_text() == "precious"


def test_plugins_schema_and_completion():
    listed = json.loads(emgctl("plugins", "--json").stdout)
    assert {("input", "osc"), ("output", "osc")} <= {(one["role"], one["kind"]) for one in listed["plugins"]}
    assert "synthetic" in emgctl("plugins").stdout
    assert "oneOf" in emgctl("schema").stdout
    assert "_EMGCTL_COMPLETE" in emgctl("completion", "bash").stdout


def test_the_shipped_schema_is_up_to_date():
    shipped = json.loads((PROFILES / "profile.schema.json").read_text())
    made = json.loads(emgctl("schema").stdout)
    made["properties"]["outputs"]["items"]["oneOf"] = [
        one for one in made["properties"]["outputs"]["items"]["oneOf"] if one["title"] != "output hello"
    ]
    assert shipped == made


@pytest.mark.process
def test_output_to_a_closed_pipe_is_no_traceback():
    printing = subprocess.Popen([EMGCTL, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printing.stdout.close()
    assert b"Traceback" not in printing.stderr.read()
    printing.stderr.close()
    printing.wait(patient(20))
    assert os.name == "nt" or printing.returncode in (0, 1)


def test_ctrl_c_before_anything_runs_is_one_line(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("emgctl.registry.Registry.__init__", interrupted)
    result = CliRunner().invoke(cli, ["run", "-p", str(PROFILES / "demo.yaml")])
    assert (result.exit_code, result.stderr) == (1, "emgctl: stopped by SIGINT\n")
