"""Export: one file that decodes as training did, the same bytes every time, and nothing of this machine in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("torch")

import torch

from emgctl.errors import FileError, ModelError
from emgctl.inference.model import CARD_KEY, FeatureNormalization, Model
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.training.export.onnx import export

CARD = ModelCard(
    emgctl="1",
    kind="classifier",
    signal=CardSignal(channels=3, rate_hz=200, unit="count"),
    window=10,
    hop=5,
    labels=("a", "b"),
)
WINDOWS = np.random.default_rng(0).normal(0, 30, (200, 10, 3)).astype(np.float32)


class Small(torch.nn.Module):
    """Features, a layer and an intensity."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(6, 2)

    def forward(self, windows, shift=0.0, gain=1.0):
        features = torch.cat([windows.abs().mean(1), (windows[:, 1:] - windows[:, :-1]).abs().mean(1)], dim=1)
        z = torch.log(features + 1)
        return torch.softmax(self.layer((z - shift) * gain), 1), windows.abs().mean((1, 2)).clamp(0, 1), z


class Torn(Small):
    """Decodes differently once it is exported."""

    def forward(self, windows, shift=0.0, gain=1.0):
        probabilities, intensity, z = super().forward(windows, shift, gain)
        return probabilities + (0.0 if torch.compiler.is_exporting() else 0.001), intensity, z


@pytest.mark.slow
def test_the_file_decodes_as_torch_did_and_carries_its_card(tmp_path: Path):
    small = Small()
    export(small, CARD, WINDOWS, tmp_path / "m.onnx")
    model = Model.load(tmp_path / "m.onnx", kind="classifier")
    assert model.card == CARD
    with torch.inference_mode():
        expected = small(torch.from_numpy(WINDOWS))
    for wanted, got in zip(expected, model.run_batch(WINDOWS), strict=True):
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-5)
    np.testing.assert_allclose(model.run(WINDOWS[7])[0], expected[0][7].numpy(), atol=1e-5)
    assert model.adaptable
    shift = FeatureNormalization(np.linspace(-1, 1, 6, dtype=np.float32), np.full(6, 1.5, np.float32))
    with torch.inference_mode():
        expected = small(torch.from_numpy(WINDOWS), *map(torch.from_numpy, shift))
    for wanted, got, one in zip(
        expected, model.run_batch(WINDOWS, shift), model.run_shifted(WINDOWS[7], shift), strict=True
    ):
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-5)
        np.testing.assert_allclose(one, wanted[7].numpy(), atol=1e-5)
    assert [file.name for file in tmp_path.iterdir()] == ["m.onnx"]


@pytest.mark.slow
def test_the_graph_has_the_named_ends_and_a_free_batch(tmp_path: Path):
    export(Small(), CARD, WINDOWS, tmp_path / "m.onnx")
    proto = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(proto, full_check=True)
    window, shift, gain = proto.graph.input
    assert (window.name, shift.name, gain.name) == ("window", "shift", "gain")
    assert {one.name for one in proto.graph.initializer} >= {"shift", "gain"}
    assert [d.dim_param or d.dim_value for d in window.type.tensor_type.shape.dim] == ["N", 10, 3]
    assert [output.name for output in proto.graph.output] == ["probabilities", "intensity", "features"]
    assert [entry.key for entry in proto.metadata_props] == [CARD_KEY]


@pytest.mark.slow
def test_same_model_same_bytes_and_no_paths(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    hashes = set()
    for name in ("a.onnx", "b.onnx"):
        export(Small(), CARD, WINDOWS, tmp_path / name)
        data = (tmp_path / name).read_bytes()
        hashes.add(hashlib.sha256(data).digest())
    assert len(hashes) == 1
    for trace in (b"stack_trace", b".py", str(Path.home()).encode() + b"/", str(Path(__file__).parent).encode()):
        assert trace not in data
    assert capfd.readouterr() == ("", ""), "the exporter's chatter came through"


@pytest.mark.slow
def test_a_model_that_decodes_differently_is_not_written(tmp_path: Path):
    with pytest.raises(ModelError, match=r"the model.s probabilities differ by 0\.001 from training"):
        export(Torn(), CARD, WINDOWS, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FileError, match=r"nowhere/m.onnx: can't be written: No such file or directory"):
        export(Small(), CARD, WINDOWS, tmp_path / "nowhere" / "m.onnx")
