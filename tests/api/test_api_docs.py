"""The examples of docs/python.md, and the notebook, run as they stand."""

import re
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from full_form import FULL
from nbclient import NotebookClient

REPOSITORY = Path(__file__).parents[2]
PROFILE = """\
emgctl: 1
user: alice
input: {kind: replay, path: demo.h5, speed: max}
decoder: {kind: classifier, model: alice.onnx}
mapping: {fist: [{do: hold, button: a}]}
outputs: [{kind: log, path: log.jsonl}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the demo, and a profile that a recording calibrates."""
    shutil.copytree(REPOSITORY / "profiles", tmp_path / "profiles")
    shutil.copy(REPOSITORY / "profiles" / "demo.h5", tmp_path)
    (tmp_path / "alice.yaml").write_text(PROFILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_examples_of_the_page_run_one_after_the_other(folder, capsys):
    examples = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "docs" / "python.md").read_text(), re.M | re.S)
    assert len(examples) == 7
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "<Recording demo.h5: 60 s, 8 channels at 200 Hz in count, labels: rest, " in printed
    assert "(12000, 8) 200.0" in printed
    assert re.search(r"^\d\.\d\d s: (fist|open) \(\d+%\)$", printed, re.M)
    assert "% right on repetition 2" in printed
    assert "unknown split 'blokced'; did you mean 'blocked'" in printed
    assert {"demo.html", "fist.onnx", "fist.report.html", "alice.onnx"} <= {path.name for path in folder.iterdir()}


def run_notebook(settings):
    """Execute the notebook with other parameters; all that it printed, and all that it showed."""
    notebook = nbformat.read(REPOSITORY / "examples" / "notebooks" / "first_steps.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)  # what is run is what is kept
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    cell.source += f"\n{settings}"
    done = NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs), [output.get("data", {}) for output in outputs]


@pytest.mark.slow
def test_the_notebook_runs_from_a_recording_to_a_virtual_armband(folder, monkeypatch):
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    printed, shown = run_notebook('DATA, LIVE_SECONDS = "profiles/demo.h5", 3')
    assert "balanced accuracy" in printed
    assert re.search(r"s: fist", printed)
    pages = [data["text/html"] for data in shown if "text/html" in data]
    assert "data:image/png;base64," in pages[0]
    assert (folder / "first_steps.onnx").is_file()


@pytest.mark.skipif(not FULL, reason="trains in a notebook; only scripts/check --full")
@pytest.mark.slow
def test_the_notebook_runs_from_a_data_set_to_another_session_at_its_own_pace(folder, monkeypatch, data_dir):
    people = data_dir("myo_people")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    begin = time.monotonic()
    printed, _ = run_notebook(
        f"""\
DATA, LIVE = "npz:{people}/R22222-1.npz", "replay:{people}/R22222-2.npz"
LIVE_OPTIONS["from_s"] = 64  # a minute of rest comes before the first gesture
"""
    )
    assert time.monotonic() - begin > 10
    assert re.search(r"s: (flexion|extension|radial|ulnar|pronation|supination|fist) ", printed)
