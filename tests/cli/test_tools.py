"""record, replay, data and bench."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import emgctl
from full_form import FULL

from emgctl.cli.benchmark import measure_prepared

PROFILES = Path(__file__).parents[2] / "profiles"


def test_record_then_look_then_replay(tmp_path):
    out = tmp_path / "fist.h5"
    made = emgctl("record", "-p", PROFILES / "demo.yaml", "--input", "synthetic:fist", "--out", out, "--duration", 1,
                  "--label", "fist")  # fmt: skip
    assert (made.returncode, "1.00 s recorded" in made.stdout) == (0, True), made.stderr
    (row,) = json.loads(emgctl("data", "info", out, "--json").stdout)["recordings"]
    assert (row["labels_s"], row["channels"], row["rate_hz"]) == ({"fist": 1.0}, 8, 200.0)
    assert "fist.h5" in emgctl("data", "info", out).stdout
    played = emgctl("replay", out, "--speed", "max")
    assert played.returncode == 0
    again = emgctl("record", "-p", PROFILES / "demo.yaml", "--out", out)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_a_bad_electrode_is_named(tmp_path):
    import numpy as np

    samples = np.random.default_rng(0).normal(0, 10, (400, 3))
    samples[:, 1] = 7
    np.savez(tmp_path / "bad.npz", samples=samples)
    done = emgctl("data", "info", tmp_path / "bad.npz")
    assert (done.returncode, "electrode 2 is flat: press it onto the skin" in done.stderr) == (0, True), done.stderr


def test_replay_shows_a_line_a_second():
    played = emgctl("replay", PROFILES / "demo.h5", "--speed", "max")
    lines = played.stdout.splitlines()
    assert len(lines) > 10
    assert all(len(line.split()) == 10 for line in lines)


@pytest.mark.parametrize("command", [("replay", "nobody.h5"), ("data", "info", "nobody.h5")])
def test_a_missing_file_is_named(command):
    result = emgctl(*command)
    assert (result.returncode, "nobody.h5: does not exist" in result.stderr) == (1, True)


def test_bench_measures_what_is_prepared(tmp_path):
    shutil.copy(PROFILES / "demo.onnx", tmp_path / "model.onnx")
    shutil.copy(PROFILES / "demo.h5", tmp_path / "signal.h5")
    stats = measure_prepared(tmp_path, 5.0, "max", hop_ms=100)
    assert sum(stats["decisions"].values()) == 49
    assert stats["latency_us"]["p50"] > 0


def test_bench_refuses_a_result_that_could_not_be_written_before_it_measures(tmp_path):
    done = emgctl("bench", "--json", tmp_path / "nowhere" / "bench.json")
    assert done.returncode == 1
    assert "nowhere" in done.stderr


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(("hop_ms", "decisions"), [(50, 37), (10, 181)] if FULL else [(10, 181)])
def test_bench_measures_a_real_run(tmp_path, hop_ms, decisions):
    out = tmp_path / "bench.json"
    result = emgctl("bench", "--seconds", 2, "--only", "armband", "--model", "lda", "--hop-ms", hop_ms, "--json", out)
    assert result.returncode == 0, result.stderr
    figures = json.loads(out.read_text())["armband"]
    assert figures["latency_us"]["count"] == decisions
    assert figures["realtime_factor"] > 1
    assert figures["rss_mb"] > 0
    assert "packet -> command" in result.stdout
