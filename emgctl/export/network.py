"""The network in C, by the generator emx-onnx-cgen."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.errors import missing_extra
from emgctl.export.buffers import UnknownCodeError, with_static_buffers
from emgctl.export.graph import multiply_adds, one_window, states
from emgctl.export.operators import with_shared_operators
from emgctl.export.products import with_blocks
from emgctl.export.program import NotExportableError
from emgctl.export.state import state_source
from emgctl.support.atomic_write import read_bytes

if TYPE_CHECKING:
    from onnx import ModelProto

NAME = "emg_network"
_GENERATOR = "emx_onnx_cgen"
_NO_LIMIT = "0"  # nothing on the heap, and no weights in a file of their own


@dataclass(frozen=True, slots=True)
class Network:
    """``files`` by name, and how many ``multiply_adds`` a window takes."""

    files: dict[str, str]
    multiply_adds: int


def generate(path: Path, graph: ModelProto | None = None) -> Network:
    """The network of a model file, or a ``graph`` that was made of it.

    Raises:
        NotExportableError: the generator can't translate it.
        DeviceError: the generator is not installed.
    """
    check_generator()
    graph = graph or one_window(read_bytes(path))
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as folder:
        model, code = Path(folder, "model.onnx"), Path(folder, f"{NAME}.c")
        model.write_bytes(graph.SerializeToString())
        command = [
            sys.executable, "-m", _GENERATOR, "compile", model.name, code.name, "--model-name", NAME,
            "--large-temp-threshold", _NO_LIMIT, "--large-weight-threshold", _NO_LIMIT,
            "--emit-data-file", "--no-restrict-arrays", "--color", "never",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 - our own words
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
        if done.returncode or not code.is_file():
            raise NotExportableError(path, "its network", f"emx-onnx-cgen: {_last_line(done.stderr or done.stdout)}")
        try:
            body = with_static_buffers(code.read_text(encoding="utf-8"), NAME)
        except UnknownCodeError as error:
            reason = f"this version of emx-onnx-cgen writes other code ({error}); install the one of constraints.txt"
            raise NotExportableError(path, "its network", reason) from error
        weights = Path(folder, f"{NAME}_data.c").read_text(encoding="utf-8")
    files = {f"{NAME}.c": _own(with_shared_operators(with_blocks(body))), f"{NAME}_data.c": weights}
    if found := states(graph):
        files["emg_state.c"] = state_source(NAME, found)
    return Network(files, multiply_adds(graph))


def check_generator() -> None:
    """Refuse to begin without the generator.

    Raises:
        DeviceError: it is not installed.
    """
    from importlib.util import find_spec

    for package in (_GENERATOR, "onnx"):
        if find_spec(package) is None:
            raise missing_extra("export", package.replace("_", "-"), "export")


def _own(code: str) -> str:
    """The generated code without the loader of weights, which are constants here, and without any warning."""
    code = re.sub(rf"^_Bool {NAME}_load\(.*?^}}\n\n", "", code, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^static inline (\w+ ref_)", r"static inline EMX_UNUSED \1", code, flags=re.MULTILINE)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a message"
