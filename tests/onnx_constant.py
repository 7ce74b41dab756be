"""Constants of ONNX graphs that tests make."""

from typing import Any

import numpy as np


def constant(name: str, values: Any, kind: type = np.float32) -> Any:
    """An initializer."""
    import onnx

    return onnx.numpy_helper.from_array(np.asarray(values, kind), name)
