"""An onnxruntime session whose inputs and outputs stay in the same arrays from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Values = NDArray[np.float32]


class BoundSession:
    """Runs a session on ``inputs``, which the caller fills; nothing is looked up or allocated for a run.

    Args:
        session: a loaded model.
        inputs: the array of each input, float32 and contiguous, which must stay in place.
        outputs: the array of each output that a run returns.
        kept: that of other outputs, which the caller reads there.
    """

    def __init__(
        self,
        session: InferenceSession,
        inputs: Mapping[str, Values],
        outputs: Mapping[str, Values],
        kept: Mapping[str, Values] | None = None,
    ) -> None:
        from onnxruntime import OrtValue

        self._session: Any = session
        self._binding: Any = session.io_binding()
        self._outputs = list(outputs.values())
        for name, array in inputs.items():
            self._binding.bind_ortvalue_input(name, OrtValue.ortvalue_from_numpy(array))
        for name, array in {**outputs, **(kept or {})}.items():
            self._binding.bind_ortvalue_output(name, OrtValue.ortvalue_from_numpy(array))

    def run(self) -> list[Values]:
        """The outputs without their first axis, in arrays of the caller's own."""
        self._session.run_with_iobinding(self._binding)
        return [array[0].copy() for array in self._outputs]
