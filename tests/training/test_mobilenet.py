"""The published network: its size, its fine-tuning, and its recipe from samples to a model file."""

import json
from typing import Any

import numpy as np
import pytest
from full_form import FULL

torch = pytest.importorskip("torch")

from command_line import emgctl  # noqa: E402

from emgctl.inference.model import Model  # noqa: E402
from emgctl.recording.convert import convert  # noqa: E402
from emgctl.training.classifier.mobilenet import PUBLISHED, MobileNetV2  # noqa: E402
from emgctl.types import Recording, Signal  # noqa: E402


@pytest.mark.parametrize("width", PUBLISHED)
def test_its_size_is_the_published_one(width):
    facts: dict[str, Any] = MobileNetV2(192, 8, width).facts()
    parameters_m, operations_m = PUBLISHED[width]
    digits = 1 if width == 0.2 else 3  # as far as they were published
    assert round(facts["parameters_m"], digits) == parameters_m
    assert facts["operations_m"] == pytest.approx(operations_m, abs=0.001)
    assert facts["macs_m"] < operations_m


def test_fewer_channels_are_laid_out_in_eight_rows():
    network = MobileNetV2(64, 5, 0.2).eval()
    assert network.shape == (8, 8)
    samples = torch.randn(3, 64)
    assert network(samples).shape == (3, 5)
    assert torch.allclose(network(samples), network(7 * samples + 3), atol=1e-4)  # scaled by itself
    with pytest.raises(ValueError, match="63 channels make no image"):
        MobileNetV2(63, 5, 0.2)


def test_fine_tuning_keeps_stem_and_first_block():
    network = MobileNetV2(192, 4, 0.2)
    network.freeze()
    frozen = {name for name, one in network.named_parameters() if not one.requires_grad}
    assert {name.split(".")[0] for name in frozen} == {"stem", "blocks"}
    assert all(name.startswith(("stem.", "blocks.0.")) for name in frozen)


def recording(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), 200).astype(np.int16)
    shapes = np.random.default_rng(0).normal(0, 1, (3, 64))
    samples = (rng.normal(0, 1, (600, 1)) * shapes[labels] + rng.normal(0, 0.1, (600, 64))).astype(np.float32)
    return Recording(f"r{seed}", Signal(64, 1000.0, "uV", (8, 8)), samples, f"r{seed}", labels, ("rest", "a", "b"))


@pytest.mark.skipif(not FULL, reason="trains an image network twice; only scripts/check --full")
@pytest.mark.slow
def test_the_recipe_and_its_fine_tuning(tmp_path):
    for number in (1, 2):
        convert([recording(number)], tmp_path / f"{number}.h5", lambda _done, _all: None)
    done = emgctl("train", "classifier", "1.h5", "2.h5", "--recipe", "mobilenetv2-8x24", "--set", "width=0.2", "--out",
                  "m.onnx", "--set", "report=no", "--json", "r.json", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "THIS LEAKS" in done.stderr
    assert "M parameters, 4.9" in done.stdout
    assert "(published: 0.8 M and 4.964 M)" in done.stdout
    result = json.loads((tmp_path / "r.json").read_text())
    assert result["network"]["width"] == 0.2
    card = Model.load(tmp_path / "m.onnx").card
    assert (card.window, card.hop) == (1, 1)
    tuned = emgctl("train", "classifier", "2.h5", "--recipe", "mobilenetv2-8x24", "--set", "width=0.2",
                   "--start", "m.onnx", "--out", "n.onnx", "--set", "report=no", cwd=tmp_path)  # fmt: skip
    assert tuned.returncode == 0, tuned.stderr
    wrong = emgctl("train", "classifier", "2.h5", "--set", "width=0.2", "--out", "o.onnx", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "width is for recipe mobilenetv2-8x24" in wrong.stderr


@pytest.mark.skipif(not FULL, reason="trains an image network; only scripts/check --full")
@pytest.mark.slow
def test_the_recipe_goes_before_a_grid_s_own_ways(tmp_path):
    convert([recording(1)], tmp_path / "1.h5", lambda _done, _all: None)
    words = ["--recipe", "mobilenetv2-8x24", "--set", "width=0.2", "--set", "report=no", "--json", "r.json"]
    done = emgctl("train", "grid", "1.h5", *words, "--out", "m.onnx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "r.json").read_text())
    assert (result["decoder"], result["model"], result["preprocessing"]) == ("grid", "mobilenetv2-0.2", {})
    many = emgctl("train", "classifier", "1.h5", "--model", "mobilenetv2-0.2", "--window-ms", "20", "--hop-ms", "10",
                  "--out", "n.onnx", cwd=tmp_path)  # fmt: skip
    assert many.returncode == 2
    assert "needs windows of one sample of a grid" in many.stderr
