"""Graphs that were exported before: kept, given other weights, and never believed without a check."""

import numpy as np
import pytest

pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

import torch  # noqa: E402

from emgctl.errors import ModelError  # noqa: E402
from emgctl.training.export.graph_cache import exported  # noqa: E402
from emgctl.training.export.onnx import quiet  # noqa: E402

X = torch.linspace(-1, 1, 6).reshape(2, 3)
ADDED = {0: 0.0}  # what a network does that its build does not show


class Network(torch.nn.Module):
    def __init__(self, seed, factor=1.0):
        super().__init__()
        torch.manual_seed(seed)
        self.dense, self._factor = torch.nn.Linear(3, 2), factor
        self.register_buffer("rows", torch.tensor([0, 1]), persistent=False)

    def forward(self, x):
        return self._factor * self.dense(x)[:, self.rows] + ADDED[0]


class Exporter:
    """Counts how often it is needed."""

    def __init__(self):
        self.used = 0

    def __call__(self, network):
        self.used += 1
        with quiet(), torch.inference_mode():
            return torch.onnx.export(network, (X,), dynamo=True, external_data=False, verbose=False).model_proto


def say(data):
    session = onnxruntime.InferenceSession(data)
    return session.run(None, {session.get_inputs()[0].name: X.numpy()})[0]


def write(network, exporter, what="two"):
    with torch.inference_mode():
        wanted = network.eval()(X).numpy()

    def verify(data):
        if not np.allclose(say(data), wanted, atol=1e-5):
            raise ModelError("m.onnx", "says something else")

    data = exported(network, what, exporter, lambda graph: graph.SerializeToString(deterministic=True), verify)
    assert np.allclose(say(data), wanted, atol=1e-5)
    return data


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path))
    return tmp_path / "graphs"


@pytest.mark.slow
def test_the_same_build_is_exported_once_and_the_bytes_do_not_depend_on_it(cache, monkeypatch):
    exporter = Exporter()
    first = write(Network(1), exporter)
    assert write(Network(2), exporter) != first
    assert write(Network(1), exporter) == first
    assert exporter.used == 1
    monkeypatch.setenv("EMGCTL_CACHE", "off")
    assert write(Network(1), exporter) == first
    assert exporter.used == 2


@pytest.mark.slow
def test_another_build_is_exported_itself(cache):
    exporter = Exporter()
    write(Network(1), exporter)
    write(Network(1, factor=2.0), exporter)
    other = Network(1)
    other.rows = torch.tensor([1, 0])
    write(other, exporter)
    write(Network(1), exporter, "three")
    assert exporter.used == len(list(cache.iterdir())) == 4


@pytest.mark.slow
def test_a_graph_that_computes_something_else_is_not_believed(cache, monkeypatch):
    exporter = Exporter()
    write(Network(1), exporter)
    monkeypatch.setitem(ADDED, 0, 1.0)
    write(Network(1), exporter)
    assert exporter.used == 2
    assert [one.read_bytes() for one in cache.iterdir()] == [b""]
    write(Network(1), exporter)  # and is not tried again
    assert exporter.used == 3


@pytest.mark.slow
@pytest.mark.parametrize("found", [b"garbage", b"\x08"])
def test_a_damaged_entry_is_made_anew(cache, found):
    exporter = Exporter()
    first = write(Network(1), exporter)
    (entry,) = cache.iterdir()
    entry.write_bytes(found)
    assert write(Network(1), exporter) == first
    assert exporter.used == 2
    assert len(entry.read_bytes()) > 100


@pytest.mark.slow
def test_a_folder_that_can_not_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "file"))
    exporter = Exporter()
    assert write(Network(1), exporter) == write(Network(1), exporter)
    assert exporter.used == 2


@pytest.mark.slow
def test_a_network_that_is_exported_wrongly_is_an_error(cache):
    exporter = Exporter()
    with pytest.raises(ModelError, match="says something else"):
        write(Network(1), lambda network: exporter(torch.nn.Sequential(network, torch.nn.ReLU())))
