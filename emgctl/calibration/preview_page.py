"""The movements of a pose calibration as a page for the browser, to be seen and tried before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from string import Template

import numpy as np

from emgctl.calibration.pose_protocol import POSES, REST, PoseStep
from emgctl.calibration.protocol import Prompt
from emgctl.handmodel.drawing.picture import hand, svg
from emgctl.support.atomic_write import write_text

FRAMES = 9  # from the relaxed hand to a pose
WIDTH_PX = 360

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Move along with the hand</title><style>
body { font: 18px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; text-align: center; color: #222 }
h1 { font-size: 2rem; margin: 0 } p { margin: .2rem; color: #666 }
</style></head><body><h1 id="name"></h1><p id="next"></p><div id="hand"></div>
<p>emgctl does not see this page; the prompts while it records are in its own window, in the same order and as fast.</p>
<script>
const hands = $hands;  // pictures from rest to each pose
const steps = $steps;  // label, seconds, and in how many of them the hand is in the pose
const total = steps.reduce((sum, step) => sum + step[1], 0);
const show = (id, text) => document.getElementById(id).innerHTML = text;
let shown = "";
function draw(now) {
  let left = now / 1000 % total, place = 0;
  while (left >= steps[place][1]) left -= steps[place++][1];
  const [label, seconds, out] = steps[place], next = steps.slice(place + 1).find(step => step[0] !== "$rest");
  const x = out ? Math.min(1, Math.min(left, seconds - left) / out) : 0;
  const frames = hands[label] || hands[steps[1][0]], share = x * x * x * (10 - 15 * x + 6 * x * x);
  const frame = frames[Math.round(share * (frames.length - 1))];
  if (frame !== shown) show("hand", shown = frame);
  show("name", label); show("next", next ? "then " + next[0] : "then the end");
  requestAnimationFrame(draw);
}
requestAnimationFrame(draw);
</script></body></html>
""")


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
    write_text(path, _PAGE.substitute(hands=json.dumps(hands), steps=json.dumps(timed), rest=REST))
