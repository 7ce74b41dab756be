"""Prints how many seconds the imports of a run take; ``emgctl bench`` starts it in a process of its own."""

from __future__ import annotations

import time
from importlib import import_module

_MODULES = (
    "emgctl.runtime.build", "emgctl.inference.model", "onnxruntime", "emgctl_replay", "emgctl_classifier", "emgctl_log",
)  # fmt: skip

if __name__ == "__main__":
    began_s = time.perf_counter()
    for module in _MODULES:
        import_module(module)
    print(time.perf_counter() - began_s)  # noqa: T201 - read by the other process
