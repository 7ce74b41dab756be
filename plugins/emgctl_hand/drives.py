"""A hand's drives, how far each one is closed, and grips."""

from __future__ import annotations

from collections.abc import Mapping

DRIVES = ("thumb_rotation", "thumb", "index", "middle", "ring", "little")
"""What a hand can move: thumb opposition and flexion, and the flexion of each finger."""

Closures = Mapping[str, float]
"""How far drives are closed, from 0 (open) to 1 (closed)."""

SELECTED = "selected"
"""Stands for the grip currently selected from the grip set, in place of a grip's name."""

OPEN: Closures = dict.fromkeys(DRIVES, 0.0)

GRIPS: dict[str, Closures] = {
    "open": OPEN,
    "relaxed": dict.fromkeys(DRIVES, 0.2),
    "power": {"thumb_rotation": 0.8, "thumb": 0.8, "index": 1.0, "middle": 1.0, "ring": 1.0, "little": 1.0},
    "hook": {"thumb_rotation": 0.0, "thumb": 0.0, "index": 0.9, "middle": 0.9, "ring": 0.9, "little": 0.9},
    "pinch": {"thumb_rotation": 0.9, "thumb": 0.6, "index": 0.65, "middle": 0.0, "ring": 0.0, "little": 0.0},
    "tripod": {"thumb_rotation": 0.9, "thumb": 0.6, "index": 0.65, "middle": 0.65, "ring": 0.0, "little": 0.0},
    "key": {"thumb_rotation": 0.1, "thumb": 0.7, "index": 0.8, "middle": 0.9, "ring": 0.9, "little": 0.9},
    "point": {"thumb_rotation": 0.5, "thumb": 0.7, "index": 0.0, "middle": 1.0, "ring": 1.0, "little": 1.0},
    "thumbs_up": {"thumb_rotation": 0.0, "thumb": 0.0, "index": 1.0, "middle": 1.0, "ring": 1.0, "little": 1.0},
}
"""Grips that every hand with these drives can make; a profile can add its own."""
