"""Whether there is a screen with windows."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    """Whether a browser would open in a window, and not in this terminal."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
