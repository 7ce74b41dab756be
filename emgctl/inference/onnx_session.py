"""An onnxruntime session of a model file; apart from what a card needs, so that a file on trial is loaded quickly."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from emgctl.errors import CHECK_PATH, FileError, ModelError
from emgctl.inference.onnx_graph import check_graph
from emgctl.support.atomic_write import read_bytes
from emgctl.support.native_library import native_library


def checked_session(path: Path, data: bytes) -> Any:
    """An onnxruntime session of a model's content, once its bytes have been checked.

    Raises:
        ModelError: it is rejected or can't be loaded; the error names ``path``.
    """
    check_graph(path, data)
    return session_of(path, data)


def content(path: Path, sha256: str = "") -> bytes:
    """The content of a model file.

    Raises:
        ModelError: it can't be read, or has another hash than the one that is given.
    """
    try:
        data = read_bytes(path)
    except FileError as error:
        remedy = "create it with 'emgctl calibrate' or 'emgctl train'" if error.remedy == CHECK_PATH else error.remedy
        raise ModelError(path, error.problem, remedy=remedy) from error
    digest = hashlib.sha256(data).hexdigest() if sha256 else ""
    if digest != sha256.lower():
        raise ModelError(
            path,
            f"is not the model in the profile (sha256 {digest}, not {sha256})",
            remedy="restore the right file, or update decoder.sha256 if you trust this one",
        )
    return data


def session_of(path: Path, data: bytes) -> Any:
    """An onnxruntime session of a model's content.

    Raises:
        ModelError: it can't be loaded; the error names ``path``.
    """
    ort = native_library("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # we report errors ourselves
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except Exception as error:  # onnxruntime's exceptions share no public base class
        answer = f"onnxruntime: {str(error).splitlines()[0]}"
        raise ModelError(path, "is not an ONNX model that can be loaded", remedy=answer) from error
