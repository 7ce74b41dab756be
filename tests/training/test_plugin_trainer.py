"""A plugin's own decoder is trained, tested and run like emgctl's own: the trainer of CONTRIBUTING.md."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from command_line import emgctl
from present import present

import emgctl as api
from emgctl.recording.convert import write_recording
from emgctl.types import Recording, Signal

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = r"^```python\n# centroid_trainer\.py\n(.*?)^```$"
SOURCE = present(re.search(BLOCK, TEXT, re.MULTILINE | re.DOTALL))[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with recordings, and the package installed as pip would."""
    (tmp_path / "centroid_trainer.py").write_text(SOURCE, encoding="utf-8")
    info = tmp_path / "emgctl_centroid-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: emgctl-centroid\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[emgctl]\ncentroid = centroid_trainer\n")
    monkeypatch.syspath_prepend(tmp_path)
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(12, dtype=np.int16) % 3, 200)
    strong = np.array([[2, 2, 2, 2], [30, 5, 5, 5], [5, 5, 30, 30]])[labels]
    samples = rng.normal(0, strong).astype(np.float32)
    recording = Recording("day", Signal(4, 200.0), samples, "day.h5", labels, ("rest", "fist", "open"))
    write_recording(tmp_path / "day.h5", recording)
    return tmp_path


def test_the_command_has_its_options_and_trains_tests_and_writes_its_file(folder):
    shown = emgctl("train", "centroid", "--help").stdout
    assert "--sharpness FLOAT" in shown
    assert "How fast the confidence falls" in shown
    assert "centroid " in emgctl("train", "--help").stdout
    words = ("--out", "m.json", "--sharpness", "8", "--json", "r.json")
    done = emgctl("train", "centroid", "day.h5", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "r.json").read_text())
    assert (result["decoder"], result["balanced_accuracy"]) == ("centroid", 1.0)
    assert json.loads((folder / "m.json").read_text())["sharpness"] == 8
    assert "data:image/png;base64," in (folder / "m.report.html").read_text()
    wrong = emgctl("train", "centroid", "day.h5", "--out", "m.json", "--sharpness", "0", cwd=folder)
    assert (wrong.returncode, "sharpness: should be greater than 0" in wrong.stderr) == (2, True)


@pytest.mark.slow
def test_a_run_decodes_with_what_was_trained(folder):
    result = api.run_experiment(folder / "day.h5", "blocked", "centroid")
    assert result.to_dict()["split"] == "blocked:0.2"
    result.save(folder / "m.json")
    (folder / "p.yaml").write_text(
        "emgctl: 1\nuser: tester\ninput: {kind: replay, path: day.h5, speed: max}\n"
        "decoder: {kind: centroid, model: m.json}\noutputs: [{kind: log, path: log.jsonl}]\n"
    )
    done = emgctl("run", "--profile", folder / "p.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    lines = (folder / "log.jsonl").read_text().splitlines()
    decided = {json.loads(line).get("gesture") for line in lines}
    assert {"rest", "fist", "open"} <= decided
