"""The movements of a pose calibration as a page for the browser, to be seen and tried before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.calibration.pose_protocol import POSES, REST, PoseStep
from emgctl.calibration.protocol import Prompt
from emgctl.handmodel.drawing.picture import hand, svg
from emgctl.support.atomic_write import write_text
from emgctl.support.page import render

FRAMES = 9  # from the relaxed hand to a pose
WIDTH_PX = 360

_PAGE = Path(__file__).with_name("preview_page.html")


def write_page(path: Path, steps: Sequence[Prompt]) -> None:
    """Write the steps as a page that needs no other file.

    Raises:
        FileError: it can't be written.
    """
    relaxed, shares = POSES[REST], np.linspace(0, 1, FRAMES)[:, None]
    names = dict.fromkeys(one.label for one in steps if one.label != REST)
    hands = {
        name: [svg([hand(angles)], WIDTH_PX) for angles in relaxed + shares * (POSES[name] - relaxed)] for name in names
    }
    timed = [(one.label, one.seconds, one.out_s if isinstance(one, PoseStep) else 0.0) for one in steps]
    write_text(path, render(_PAGE, title="Move along with the hand", hands=hands, steps=timed, rest=REST))
