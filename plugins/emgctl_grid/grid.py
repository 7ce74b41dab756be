"""Decoder ``grid``: a trained classifier of an electrode grid's signals, wherever the grid was put on today."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emgctl.inference.gesture_decoder import DecisionOptions, GestureDecoder
from emgctl.inference.model import Model

Step = Annotated[int, Field(ge=-64, le=64)]


class GridOptions(DecisionOptions):
    """As all classifiers' options, and where the grid sits.

    ``move``: by how many rows and columns it has been moved since training (emgctl eval --move find).
    """

    move: tuple[Step, Step] = (0, 0)


class Grid(GestureDecoder):
    """A trained gesture classifier (ONNX) of an electrode grid; bad electrodes are filled in, a move is undone."""

    kind = "grid"
    Options = GridOptions

    def _place(self, model: Model) -> None:
        """Undo the grid's move."""
        model.set_grid_offset(*self.options.move)
