"""Plugin packages that misbehave, installed beside the good ones: each is named, and harms no other."""

import json
import os
import signal
import subprocess
import sys

import pytest
from bad_packages import HEAD, LEFT_OUT, USABLE
from packages import distribution, install
from patience import patient

from emgctl.errors import PluginError, ProfileError
from emgctl.profile.load import load_profile
from emgctl.registry import Registry
from emgctl.runtime.build import build

pytestmark = pytest.mark.process


def install_all(folder, names):
    for name in names:
        install(folder, name, HEAD + (LEFT_OUT[name][0] if name in LEFT_OUT else USABLE[name]))
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of packages for PYTHONPATH, but for those whose import hangs, which costs each command two seconds."""
    names = [name for name in [*LEFT_OUT, *USABLE] if name not in ("hangs", "hook_hangs", "prints")]
    return install_all(tmp_path_factory.mktemp("site"), names)


def emgctl(site, *words):
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "emgctl", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=patient(120),
        env={**os.environ, "PYTHONPATH": path, "EMGCTL_PLUGIN_LIMIT_S": "2"},
    )


def test_plugins_names_every_bad_package_and_lists_all_others(tmp_path):
    install_all(tmp_path, [*LEFT_OUT, *USABLE])
    install(tmp_path, "gone", "", target="no_such_module")
    install(tmp_path, "lost", "", target="bad_lost:nothing")
    done = emgctl(tmp_path, "plugins", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    reasons: dict[str, list[str]] = {}
    for failure in report["failures"]:
        name = failure["plugin"]
        reasons.setdefault(name, []).append(failure["reason"])
        assert failure["package"] == f"{distribution(name)} 1.0"
        assert f"pip uninstall {distribution(name)}" in failure["remedy"]
        assert failure["reason"].isprintable()
        assert len(failure["reason"]) < 400
    for name, (_, text) in LEFT_OUT.items():
        assert any(text in reason for reason in reasons.pop(name)), name
    assert "No module named 'no_such_module'" in reasons.pop("gone")[0]
    assert "has no attribute 'nothing'" in reasons.pop("lost")[0]
    assert "Bad: is of the role output, not of the role decoder" in reasons.pop("half")[0]
    assert not reasons
    rows = {(row["role"], row["kind"]): row for row in report["plugins"]}
    assert set(rows) >= {("output", "gamepad"), ("input", "myo"), ("decoder", "classifier"), ("dataset", "text")}
    assert set(rows) >= {("output", kind) for kind in ("good", "half", "prints", "twin", "no_summary")}
    assert rows["output", "hand"]["module"] == "emgctl_hand"
    assert rows["output", "twin"]["package"] == "bad-twin-a 1.0"
    (problem,) = report["problems"]
    assert problem.startswith("output 'no_summary' (package bad-no-summary 1.0): summary() raised SystemExit: no")
    assert "a banner" in done.stderr


def test_a_list_of_entry_points_that_can_not_be_read_is_named(tmp_path):
    install_all(tmp_path, ["good", "exits"])
    info = tmp_path / "torn-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: torn\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(b"[emgctl]\ntorn = \xff\n")
    done = emgctl(tmp_path, "plugins")
    assert done.returncode == 0
    torn, exits = sorted(done.stderr.splitlines(), key=lambda line: "exits" in line)
    assert "(package torn 1.0) was left out: its entry_points.txt can't be read: UnicodeDecodeError" in torn
    assert "plugin 'exits' (package bad-exits 1.0) was left out" in exits
    assert "output   good" in done.stdout
    assert "output   gamepad" in done.stdout


def test_doctor_goes_on_past_those_that_hang_or_raise(site):
    done = emgctl(site, "doctor")
    assert done.returncode == 0
    assert "Traceback" not in done.stdout + done.stderr
    for text in (
        "output 'finds_hang' (package bad-finds-hang 1.0): findings() has not returned after 2 s",
        "output 'finds_raise' (package bad-finds-raise 1.0): findings() raised SystemExit: 0",
        "output 'finds_odd' (package bad-finds-odd 1.0): findings() gave str, not Diagnostic",
        "output 'finds_much' (package bad-finds-much 1.0): findings() gave more than 100 of them",
        "output 'finds_bytes' (package bad-finds-bytes 1.0): findings() gave a Diagnostic whose 'detail' is bytes",
        "plugin exits (package bad-exits 1.0): its import raised SystemExit: 0",
        "pip uninstall bad-exits",
        "package pythonosc: installed",
    ):
        assert text in done.stdout


def test_devices_goes_on_past_those_that_hang_or_raise(site):
    done = emgctl(site, "devices", "--seconds", "0.5")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    for text in (
        "output 'devices_hang' (package bad-devices-hang 1.0): devices() has not returned after 2.5 s",
        "output 'devices_raise' (package bad-devices-raise 1.0): devices() raised KeyboardInterrupt",
        "plugin 'misspelt' (package bad-misspelt 1.0) was left out: there is no hook emgctl_outpust()",
    ):
        assert any(text in line for line in done.stderr.splitlines()), text


def test_ctrl_c_during_an_import_that_hangs_is_the_users(tmp_path):
    install_all(tmp_path, ["hangs"])
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "emgctl", "plugins"]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})
    line = run.stderr.readline()
    assert (
        line == "emgctl: plugin 'hangs' (package bad-hangs 1.0): loading it has taken 2 s so far; the limit is 20 s\n"
    )
    run.send_signal(signal.SIGINT)
    assert run.communicate(timeout=patient(10))[1] == "emgctl: stopped by SIGINT\n"
    assert run.returncode == 1


PROFILE = """\
emgctl: 1
input: {{kind: synthetic}}
decoder: {{kind: {decoder}}}
mapping:
  fist: [{{do: hold, button: a}}]
outputs:
  - {{kind: console}}
"""


@pytest.fixture
def profile(tmp_path):
    """Writes a profile with more outputs, one a line from line 8 on."""

    def write(*outputs, decoder="decides"):
        path = tmp_path / "p.yaml"
        path.write_text(PROFILE.format(decoder=decoder) + "".join(f"  - {{kind: {one}}}\n" for one in outputs))
        return path

    return write


def test_check_names_each_plugin_that_fails_at_its_options(site, profile):
    path = profile("validates, x: 1", "init_raises", "exits", "misspelt", "abstract")
    done = emgctl(site, "check", "-p", path)
    assert done.returncode == 2
    texts = [
        "[1]: output 'validates' (package bad-validates 1.0): the validation of its options raised SystemExit: 0",
        "[2]: output 'init_raises' (package bad-init-raises 1.0): __init__() raised KeyError: 'port'",
        "[3].kind: output 'exits' can't be used: plugin 'exits' (package bad-exits 1.0) was left out: its import",
        "[4].kind: output 'misspelt' can't be used: plugin 'misspelt' (package bad-misspelt 1.0) was left out: there",
        "[5].kind: output 'abstract' can't be used: plugin 'abstract' (package bad-abstract 1.0) was left out: ",
    ]
    for number, (line, text) in enumerate(zip(done.stderr.splitlines(), texts, strict=True)):
        assert line.startswith(f"emgctl: {path}:{8 + number}: outputs{text}")


def test_check_names_a_decoder_that_ends_the_program(site, profile):
    done = emgctl(site, "check", "-p", profile(decoder="opens_raise"))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("emgctl: decoder 'opens_raise' (package bad-opens-raise 1.0): open() raised SystemExit: 0")


def test_check_asks_each_output_what_can_not_work_with_the_decoder(site, profile):
    path = profile("picky", "unclear", "unsure")
    done = emgctl(site, "check", "-p", path)
    assert done.returncode == 2
    picky, unclear, unsure = done.stderr.splitlines()
    assert picky == f"emgctl: {path}:8: outputs[1].grips.fsit: known: rest, fist"
    assert f"{path}:9: outputs[2]: output 'unclear' (package bad-unclear 1.0): problems() gave str, not" in unclear
    assert f"{path}:10: outputs[3]: output 'unsure' (package bad-unsure 1.0): problems() raised SystemExit" in unsure


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("opens_odd", "open() returned what can't be used: it is None, not a WindowSpec"),
        ("opens_wrong", "rate is nan Hz; 'hop' is 0, not a number of samples; 'labels' is ['rest'], not a tuple"),
    ],
)
def test_a_decoder_that_wants_nonsense_is_named(site, profile, monkeypatch, kind, text):
    monkeypatch.syspath_prepend(site)
    with pytest.raises(PluginError) as raised:
        build(load_profile(profile(decoder=kind), Registry()))
    assert text in str(raised.value)
    assert f"package {distribution(kind)} 1.0" in str(raised.value)


def test_an_output_whose_construction_hangs_is_named(site, profile, monkeypatch):
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("EMGCTL_PLUGIN_LIMIT_S", "1")
    with pytest.raises(ProfileError) as raised:
        load_profile(profile("init_hangs"), Registry())
    (problem,) = raised.value.problems
    assert "8: outputs[1]: output 'init_hangs' (package bad-init-hangs 1.0): __init__() did not finish wi" in problem


def test_a_package_that_is_not_needed_does_no_harm(site, profile):
    path = profile("good")
    done = emgctl(site, "check", "-p", path)
    assert (done.returncode, done.stderr) == (0, "")
    done = emgctl(site, "doctor", "-p", path)
    assert done.returncode == 0, done.stdout


def test_check_names_what_it_met_of_a_package_that_is_half_good(site, profile):
    done = emgctl(site, "check", "-p", profile("half"))
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "emgctl: plugin 'half' (package bad-half 1.0) was left out: emgctl_decoders(): Bad: is of the"
    )
