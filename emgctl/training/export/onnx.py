"""A trained classifier written as emgctl's one model file, and only if it decodes as it did in training."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emgctl import __version__
from emgctl.errors import ModelError
from emgctl.inference.model import CARD_KEY, Model
from emgctl.inference.model_card import ModelCard
from emgctl.inference.prototypes import CONTRAST_KEY, PrototypeSet
from emgctl.support.atomic_write import write_bytes
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.support.vetting import vouch
from emgctl.types import Samples

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import nn
    from torch.onnx import ONNXProgram

# Between torch and onnxruntime. Rounding alone, in logits and features that are large, stays a factor of ten below; a
# graph that computes something else is far above.
TOLERANCES = {"probabilities": 1e-4, "intensity": 1e-4, "features": 1e-3, "embedding": 2e-3}
CHECKED_WINDOWS = 64
OUTPUTS = ["probabilities", "intensity", "features", "embedding"]


def export(
    classifier: nn.Module,
    card: ModelCard,
    windows: Samples,
    path: Path,
    like: bytes | None = None,
    classes: PrototypeSet | None = None,
) -> None:
    """Write a classifier as ONNX with its card; the same classifier and card give the same bytes.

    Args:
        classifier: maps windows ``(N, W, C)``, shift and gain ``(F,)`` to probabilities ``(N, L)``, intensity ``(N,)``,
            standardised features ``(N, F)`` and, of a contrastive model, the embedding ``(N, E)``.
        card: goes into the file's metadata.
        windows: real ones, ``(N, W, C)``, at least one; the file must decode some of them as the classifier does.
        path: the file to write.
        like: an exported model of the same build, whose graph is taken with new weights, which takes no time.
        classes: of a contrastive model, which go into the file's metadata too.

    Raises:
        ModelError: the exported model decodes differently; nothing is written.
        FileError: the file can't be written.
    """
    from emgctl.training.export.graph_cache import exported

    windows = windows[evenly_spaced(len(windows), CHECKED_WINDOWS)]
    network = classifier.eval()
    optimize = not _normalizes_batches(network)
    later = optimize and classes is not None  # or products of its classes' statistics would be kept with the graph
    data = exported(
        network,
        f"classifier {windows.shape[1:]}",
        lambda one: _onnx(one, windows, optimize and not later),
        lambda model: _finish(folded(model) if later else model, card, classes),
        lambda data: _verify(data, classifier, windows, path),
        None if later else like,
    )
    write_bytes(path, data)
    vouch(path)


def _finish(model: ModelProto, card: ModelCard, classes: PrototypeSet | None) -> bytes:
    import onnx

    usual = {"shift": 0.0, "gain": 1.0}
    there = {one.name for one in model.graph.initializer}
    for one in model.graph.input:
        if one.name in usual.keys() - there:  # an input with an initial value may be left out
            value = np.full(one.type.tensor_type.shape.dim[0].dim_value, usual[one.name], np.float32)
            model.graph.initializer.append(onnx.numpy_helper.from_array(value, one.name))
    if classes is not None:
        _note(model, CONTRAST_KEY, classes.to_text())
    return with_card(model, card)


def _onnx(classifier: nn.Module, windows: Samples, optimize: bool) -> ModelProto:
    import torch

    with torch.inference_mode():
        answer = classifier(torch.zeros(1, *windows.shape[1:]))
    features = answer[2].shape[1]
    with quiet():
        program = torch.onnx.export(
            classifier,
            (torch.zeros(2, *windows.shape[1:]), torch.zeros(features), torch.ones(features)),
            dynamo=True,
            input_names=["window", "shift", "gain"],
            output_names=OUTPUTS[: len(answer)],
            dynamic_shapes=({0: torch.export.Dim("N")}, None, None),
            external_data=False,
            optimize=optimize,
            verbose=False,
        )
    return stripped(program)


def folded(model: ModelProto) -> ModelProto:
    """The graph with what depends on its weights only computed, as the exporter does it unless told otherwise."""
    from onnxscript.optimizer import optimize

    return _without_notes(optimize(model))


def _normalizes_batches(classifier: nn.Module) -> bool:
    """Whether it has layers which optimization would merge into those before them, so that ``--start`` lacked them."""
    from torch import nn

    return any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in classifier.modules())


def with_card(model: ModelProto, card: ModelCard) -> bytes:
    """The bytes of an ONNX model with its card; the same model and card give the same bytes."""
    model.producer_name, model.producer_version = "emgctl", __version__
    _note(model, CARD_KEY, card.to_text())
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _note(model: ModelProto, key: str, value: str) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = key, value


def stripped(program: ONNXProgram | None) -> ModelProto:
    """The exported model without the exporter's notes: this machine's paths, and shapes that follow from the rest.

    Raises:
        ValueError: torch's older exporter was used, which returns nothing.
    """
    if program is None:
        raise ValueError("torch.onnx.export() returned no model; it must be called with dynamo=True")
    return _without_notes(program.model_proto)


def _without_notes(model: ModelProto) -> ModelProto:
    graph = model.graph
    del graph.value_info[:]
    for message in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        message.ClearField("doc_string")
        message.ClearField("metadata_props")
    return model


def _verify(data: bytes, classifier: nn.Module, windows: Samples, path: Path) -> None:
    import torch

    with torch.inference_mode():
        expected = [output.numpy() for output in classifier(torch.from_numpy(np.ascontiguousarray(windows)))]
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        file = Path(folder) / path.name
        write_bytes(file, data)
        vouch(file)
        model = Model.load(file)
    single = [np.stack(output) for output in zip(*map(model.run, windows), strict=True)]
    found = [
        *zip(OUTPUTS[: len(expected)], expected, model.run_batch(windows), strict=True),
        *zip(OUTPUTS, expected, single, strict=False),
    ]
    for name, expected, decoded in found:
        error = float(np.abs(expected - decoded).max())
        if not error <= TOLERANCES[name]:  # also when it is NaN
            raise ModelError(
                path,
                f"was not written: exported, the model's {name} differ by {error:.2g} from training",
                remedy="please report this; until then, train with another --model",
            )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's chatter, about libraries that are not needed, to itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
