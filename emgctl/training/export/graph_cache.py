"""Exported graphs that are kept: a network of the same build is written with its own weights, which takes no time.

The exporter takes seconds and its graph depends on the build only. It is therefore made of a copy of the network with
other weights, whether it is kept or not, so that the same network gives the same bytes; what became part of the graph
of those weights shows when the file is verified, and the network is then exported itself.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from emgctl.errors import FileError, ModelError
from emgctl.support.atomic_write import write_bytes
from emgctl.support.cache_folder import cache_folder, not_kept

if TYPE_CHECKING:
    from onnx import ModelProto

LARGEST = 4_000_000  # bytes of a graph that is kept
NOT_SO = b""  # is kept of a build whose graph has weights in it, and which is exported each time
_OF_EVERY_MODULE = frozenset(vars(nn.Module())) - {"training"}


def exported(
    network: nn.Module,
    what: str,
    export: Callable[[Any], Any],
    finish: Callable[[Any], bytes],
    verify: Callable[[bytes], None],
    like: bytes | None = None,
) -> bytes:
    """A network as verified bytes, by a graph that was exported before if there is one.

    Args:
        network: in evaluation mode.
        what: all that decides about the graph besides the network's build, such as its inputs' shapes.
        export: makes the graph of a network.
        finish: makes bytes of a graph.
        verify: raises ModelError if the bytes do not say what the network says.
        like: an exported model, perhaps of the same build, whose graph is tried first.

    Raises:
        ModelError: the exported network says something else.
    """
    import onnx

    def tried(graph: ModelProto) -> bytes | None:
        data = finish(graph)
        try:
            verify(data)
        except ModelError:
            return None
        return data

    if like is not None and _reweigh(graph := onnx.load_from_string(like), network) and (data := tried(graph)):
        return data
    entry = _entry(network, what)
    kept = _kept(entry)
    if kept != NOT_SO:
        graph = _read(kept)
        if graph is None:
            graph = export(_alike(network))
            _keep(entry, graph.SerializeToString(deterministic=True))
        _reweigh(graph, network)
        if data := tried(graph):
            return data
    data = finish(export(network))
    verify(data)
    _keep(entry, NOT_SO)
    return data


def _reweigh(graph: ModelProto, network: nn.Module) -> bool:
    """Give a graph the weights of a network; True if all of them have their place in it."""
    import onnx

    there = {one.name: one for one in graph.graph.initializer}
    found = True
    for name, values in network.state_dict().items():
        array = values.numpy()
        if name in there and tuple(there[name].dims) == array.shape:
            there[name].CopyFrom(onnx.numpy_helper.from_array(array, name))
        else:
            found = False
    del graph.metadata_props[:]
    return found


def _alike(network: nn.Module) -> nn.Module:
    """A network of the same build with other weights."""
    other = copy.deepcopy(network).eval()
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in other.state_dict().values():
            if values.is_floating_point():
                values.copy_(0.5 + torch.rand(values.shape, generator=draw))
    return other


def _entry(network: nn.Module, what: str) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    text = "\n".join([what, *_versions(), *_build(network)])
    return folder / "graphs" / f"{hashlib.sha256(text.encode()).hexdigest()}.onnx"


def _kept(entry: Path | None) -> bytes | None:
    try:
        return None if entry is None else entry.read_bytes()
    except OSError:
        return None


def _read(kept: bytes | None) -> Any:
    """The graph in a file that was kept; None without one, or if it is damaged, in whatever way."""
    import onnx

    try:
        return None if kept is None else onnx.load_from_string(kept)
    except Exception:
        return None


def _keep(entry: Path | None, data: bytes) -> None:
    if entry is None or len(data) > LARGEST:
        return
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(entry, data)
    except (FileError, OSError) as error:
        not_kept(entry.parents[1], error)


@cache
def _versions() -> tuple[str, ...]:
    """Whatever else a graph depends on: the exporter's versions, and the source it is the graph of."""
    source = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        source.update(path.read_bytes())
    return (*(f"{name} {version(name)}" for name in ("torch", "onnx", "onnxscript")), source.hexdigest())


def _build(network: nn.Module) -> list[str]:
    """All that is fixed in a network, layer by layer, and the weights' names and shapes."""
    lines = []
    for name, layer in network.named_modules():
        fixed = {key: _text(value) for key, value in vars(layer).items() if key not in _OF_EVERY_MODULE}
        lasting = {key: _text(layer.get_buffer(key)) for key in sorted(layer._non_persistent_buffers_set)}
        lines.append(f"{name} {type(layer).__module__}.{type(layer).__qualname__} {fixed} {lasting}")
    return lines + [f"{name} {values.dtype} {tuple(values.shape)}" for name, values in network.state_dict().items()]


def _text(value: Any) -> str:
    if isinstance(value, torch.Tensor | np.ndarray):
        array = np.asarray(value)
        return f"{array.shape} {hashlib.sha256(array.tobytes()).hexdigest()}"
    return repr(value)
