import json

import numpy as np
import pytest
from command_line import emgctl
from planned import planned

from emgctl.training.experiment import train
from emgctl.types import Recording, Signal


def result(seed, split="blocked", names=("rest", "fist")):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.array([0, 1], np.int16), 1000)
    samples = rng.standard_normal((2000, 2)) * np.where(labels[:, None] == 1, 3.0, 1.0)
    one = Recording("r", Signal(2, 200.0), samples.astype(np.float32), f"{seed}.h5", labels, names)
    return train([one], *planned(model="lda", split=split, hop_ms=100), lambda *_: None).result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name, content in (
        ("monday", result(0)), ("again", result(0)), ("tuesday", result(1)), ("leaky", result(0, "random")),
        ("other", result(0, names=("rest", "open"))),
    ):  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def report(folder, *names):
    files = [str(folder / one) if one.endswith(".json") else one for one in names]
    return emgctl("report", *files, cwd=folder)


def test_results_of_the_same_test_are_compared_without_a_warning(folder):
    done = report(folder, "monday.json", "again.json", "--out", "page.html")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    assert "balanced" in done.stdout
    page = (folder / "page.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert (folder / "page.bars.png").read_bytes().startswith(b"\x89PNG")
    assert "NOT COMPARABLE" not in page


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("tuesday.json", "the tested data differ"),
        ("leaky.json", "its split leaks"),
        ("other.json", "the labels differ"),
    ],
)
def test_what_makes_them_incomparable_is_said(folder, other, message):
    done = report(folder, "monday.json", other, "--json", "-")
    assert done.returncode == 0
    assert message in done.stderr
    told = json.loads(done.stdout)
    assert set(told["results"]) == {"monday", other.removesuffix(".json")}
    assert any(message in caution for caution in told["cautions"])


@pytest.mark.parametrize(
    ("content", "message"), [("{", "is not JSON"), ("[]", "is not a result"), ('{"decoder": "x"}', "has no 'balanced")]
)
def test_what_is_no_result_is_said(folder, content, message):
    (folder / "bad.json").write_text(content)
    done = report(folder, "bad.json")
    assert (done.returncode, message in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
    assert "can't be read: No such file" in report(folder, "gone.json").stderr
