"""Hand drawings from joint angles: one, true and predicted side by side, or many with captions; as SVG or PNG."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.drawing.shapes import BOX_MM, PREDICTED, TRUE, Shape, Side, Sketch
from emgctl.handmodel.kinematics import distance_mm

_LINE_MM, _TEXT_MM, _CAPTION_MM = 1.5, 15.0, 26.0  # at the scale of the hand
_DPI = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """The content of one panel, from back to front, with a caption below; empty if the pose is unknown."""

    shapes: tuple[Shape, ...]
    caption: str = ""


def hand(angles_rad: NDArray[np.floating], caption: str = "", color: str = TRUE, side: Side = "right") -> Panel:
    """A panel with one hand of the pose ``(20,)``; empty if it contains NaN."""
    known = bool(np.isfinite(angles_rad).all())
    return Panel(tuple(Sketch(angles_rad, color, side).shapes(0)) if known else (), caption)


def pair(
    true_rad: NDArray[np.floating], predicted_rad: NDArray[np.floating], side: Side = "right", overlaid: bool = False
) -> list[Panel]:
    """The true pose ``(20,)`` beside the predicted one, or below its bones, with their landmark error."""
    known = bool(np.isfinite(predicted_rad).all() and np.isfinite(true_rad).all())
    apart = f"error {distance_mm(true_rad, predicted_rad):.1f} mm" if known else "error unknown"
    true = hand(true_rad, "true", TRUE, side)
    if overlaid:
        above = Sketch(predicted_rad, PREDICTED, side).skeleton(0) if known else ()
        return [Panel((*true.shapes, *above), apart)]
    return [true, hand(predicted_rad, f"predicted: {apart}", PREDICTED, side)]


def svg(panels: Sequence[Panel], width_px: int = 200, columns: int = 8) -> str:
    """Panels as SVG, each ``width_px`` wide, in rows. ``data-name`` of a bone or joint is its landmark."""
    sheet = _Sheet(panels, columns)
    scale = width_px / BOX_MM[2]
    title = html.escape("; ".join(one.caption for one in panels if one.caption) or "hand")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sheet.width:g} {sheet.height:g}" '
        f'width="{sheet.width * scale:.0f}" height="{sheet.height * scale:.0f}" role="img"><title>{title}</title>'
    ]
    left, top, width, height = BOX_MM
    for panel, (x, y) in zip(panels, sheet.corners, strict=True):
        parts.append(
            f'<svg x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'viewBox="{left:g} {top:g} {width:g} {height:g}">'
        )
        if panel.shapes:
            parts.append(
                f'<g class="hand" stroke-width="{_LINE_MM}" stroke-linejoin="round">'
                f"{''.join(map(_polygon, panel.shapes))}</g>"
            )
        parts.append("</svg>")
        parts += [_text(x + dx, y + dy, text, color) for dx, dy, text, color in sheet.texts(panel)]
    return "".join([*parts, "</svg>"])


def png(panels: Sequence[Panel], width_px: int = 200, columns: int = 8) -> bytes:
    """Panels as PNG, each ``width_px`` wide, in rows."""
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    sheet = _Sheet(panels, columns)
    inches = width_px / BOX_MM[2] / _DPI  # per millimeter
    figure = Figure(figsize=(sheet.width * inches, sheet.height * inches))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, sheet.width), ylim=(sheet.height, 0))
    axes.axis("off")
    left, top, width, height = BOX_MM
    for panel, (x, y) in zip(panels, sheet.corners, strict=True):
        drawn = PolyCollection(
            [np.add(shape.points, (x - left, y - top)) for shape in panel.shapes],
            facecolors=[shape.fill for shape in panel.shapes],
            edgecolors=[shape.line for shape in panel.shapes],
            linewidths=72 * inches * _LINE_MM,
        )
        axes.add_collection(drawn, autolim=False)
        drawn.set_clip_path(Rectangle((x, y), width, height, transform=axes.transData))
        for dx, dy, text, color in sheet.texts(panel):
            axes.text(x + dx, y + dy, text, ha="center", color=color, fontsize=72 * inches * _TEXT_MM)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


class _Sheet:
    """Positions of the panels on a sheet, in millimeters: ``corners`` (left, top), total ``width`` and ``height``."""

    def __init__(self, panels: Sequence[Panel], columns: int) -> None:
        _, _, width, height = BOX_MM
        self._below = _CAPTION_MM if any(one.caption for one in panels) else 0.0
        count = max(len(panels), 1)
        across = min(columns, count)
        self.width, self.height = width * across, (height + self._below) * -(-count // across)
        self.corners = [
            (width * (place % across), (height + self._below) * (place // across)) for place in range(len(panels))
        ]

    def texts(self, panel: Panel) -> list[tuple[float, float, str, str]]:
        """The text in a panel: its x and y, the text and its color."""
        _, _, width, height = BOX_MM
        unknown = [] if panel.shapes else [(width / 2, height / 2, "unknown pose", "#888888")]
        below = [(width / 2, height + 0.7 * self._below, panel.caption, "#222222")] if panel.caption else []
        return unknown + below


def _polygon(shape: Shape) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points.tolist())
    name = f' data-name="{shape.name}"' if shape.name else ""
    return f'<polygon class="{shape.part}"{name} points="{points}" fill="{shape.fill}" stroke="{shape.line}"/>'


def _text(x: float, y: float, text: str, color: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="{_TEXT_MM:g}" '
        f'fill="{color}">{html.escape(text)}</text>'
    )
