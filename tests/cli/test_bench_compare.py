"""``emgctl bench --compare``: which versions it takes, and what it prints."""

import datetime
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from emgctl.cli import cli, comparison, other_version
from emgctl.cli.comparison import compare, lines
from emgctl.cli.other_version import HERE
from emgctl.cli.ratio_history import append
from emgctl.errors import UsageError


def compared(version, signals=()):
    return compare({name: {} for name in signals}, str(version), 1, 2, "lda", lambda _: None)


def test_what_is_no_version_is_refused_before_any_work(tmp_path):
    damaged, other = tmp_path / "damaged.whl", tmp_path / "other.whl"
    damaged.write_bytes(b"no archive")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("something/__init__.py", "")
    for version, problem in {
        "no-such-commit": "no commit and no wheel; git says",
        damaged: "not a wheel that can be read",
        tmp_path / "missing.whl": "not a wheel that can be read",
        other: "there is no emgctl in",
    }.items():
        with pytest.raises(UsageError, match=problem):
            compared(version, ["armband"])


def test_both_versions_take_turns_and_each_round_gives_a_ratio(tmp_path, monkeypatch):
    wheel, ran = tmp_path / "emgctl-0.0-py3-none-any.whl", []
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("emgctl/__init__.py", "")

    def measured(_folder, _seconds, speed, _hop_ms, environment):
        this = environment["PYTHONPATH"].split(os.pathsep)[0] == str(HERE)
        if speed == "real":
            ran.append("this" if this else "other")
        value = 1.0 if this else 4.0
        delay, stages = {"p50": value, "p99": value}, {name: {"p50": value} for name in ("decode", "bind", "send")}
        return {"latency_us": delay, "stage_us": stages, "cpu_share": 0.1, "rss_mb": 2 * value, "realtime_factor": 9}

    monkeypatch.setattr(comparison, "prepare", lambda *_: None)
    monkeypatch.setattr(comparison, "measure_prepared", measured)
    ratios = compared(wheel, ["armband"])
    assert ran == ["other", "this", "this", "other"]
    assert ratios["armband"]["decode p50"] == [0.25, 0.25]
    assert ratios["armband"]["share of a core"] == [1, 1]
    assert "armband    decode p50               0.25 (0.25 to 0.25)" in lines(ratios)


def test_a_version_that_can_not_run_the_same_is_a_sentence(tmp_path, monkeypatch):
    wheel = tmp_path / "emgctl-0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("emgctl/__init__.py", "")

    def measured(*_):
        raise subprocess.CalledProcessError(1, ["emgctl"], stderr="Traceback\nemgctl: model.onnx: has no card\n")

    monkeypatch.setattr(comparison, "prepare", lambda *_: None)
    monkeypatch.setattr(comparison, "measure_prepared", measured)
    with pytest.raises(UsageError, match=r"can't run this version's profile: emgctl: model.onnx: has no card$"):
        compared(wheel, ["armband"])


@pytest.mark.skipif(shutil.which("git") is None, reason="a commit is read by git")
def test_a_commit_has_its_own_plugins(tmp_path, monkeypatch):
    project = '[project.entry-points.emgctl]\nformer = "emgctl_former"\n'
    for name, text in {"emgctl/__init__.py": "", "pyproject.toml": project}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    identity = ("-c", "user.name=x", "-c", "user.email=x@localhost")
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "before"]):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    listed, program = [], "from importlib.metadata import entry_points as e; print(*e(group='emgctl').names)"

    def measured(_folder, _seconds, _speed, _hop_ms, environment):
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        listed.append(done.stdout.split())
        raise subprocess.CalledProcessError(1, ["emgctl"], stderr="enough")

    monkeypatch.setattr(other_version, "HERE", tmp_path)
    monkeypatch.setattr(comparison, "prepare", lambda *_: None)
    monkeypatch.setattr(comparison, "measure_prepared", measured)
    with pytest.raises(UsageError, match="enough"):
        compared("HEAD", ["armband"])
    assert "former" in listed[0]
    assert "replay" not in listed[0]
    (tmp_path / "pyproject.toml").write_text("")
    subprocess.run(["git", "-C", tmp_path, *identity, "commit", "-q", "-a", "-m", "after"], check=True)
    with pytest.raises(UsageError, match="names no plugins of emgctl"):
        compared("HEAD", ["armband"])


def test_the_history_has_a_line_of_each_comparison(tmp_path):
    path = tmp_path / "ratios.jsonl"
    for found in ([0.5, 0.75, 0.6004], [1.0, 2.0, float("nan")]):
        append(path, "0.2.0", {"seconds": 10.0}, {"armband": {"decode p50": found}})
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first["ratios"] == {"armband": {"decode p50": [0.5, 0.6, 0.75]}}
    assert (first["other"], first["seconds"]) == ("0.2.0", 10.0)
    assert datetime.date.fromisoformat(second["date"])


def test_a_history_without_a_comparison_is_refused(tmp_path):
    done = CliRunner().invoke(cli, ["bench", "--history", str(tmp_path / "ratios.jsonl")])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "emgctl: --history is for --compare" in done.stderr
