"""The colors of reports' figures, each with one meaning, and legends that cover nothing.

They are those of the studio (palette.css), and dark enough to be light in a dark page. Shares and recall are drawn in
Blues, what is bad in Reds, strength in magma_r. In a dark page, base.html turns light into dark and keeps the hues.
"""

from __future__ import annotations

from typing import Any

REACHED = "#0b5cad"  # what a model decided, predicted or reached, and the data that it was tested on
TRAINED = "#b0720c"  # training, and the data of it
MEANT = "#7f7f7f"  # the truth
BASELINE = "#c0c0c0"  # what is reached without a model
UNWANTED = "#b3151e"
SHARES, BAD, STRENGTH = "Blues", "Reds", "magma_r"


def of_curve(name: str) -> str:
    """The color of a learning curve, by what it was measured on."""
    return TRAINED if "train" in name else REACHED


def legend_above(axes: Any, columns: int = 2) -> None:
    """A legend above the axes, where it covers no curve or bar."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(**place, ncols=columns, fontsize="small", frameon=False)
