"""The mapping editor as a page uses it, and a profile with comments in every place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from demo_folder import put_demo

from emgctl.registry import Registry
from emgctl.studio.folder import Folder
from emgctl.studio.mapping import MappingEditor

REGISTRY = Registry()
COMMENTED = """\
# Alice's profile
emgctl: 1
user: alice
input: {kind: replay, path: demo.h5}
decoder: {kind: classifier, model: demo.onnx}
mapping:
  # the right hand
  fist: [{do: hold, button: a}]   # jump
  pinch:                          # two things
    - {when: tap, tap_s: 0.6, do: press, button: b}   # the short one
    # and the long one
    - {when: long, do: layer, layer: menu, until: base}
  open: [{do: axis, axis: left_x, value: 1}]
  # the end of the mapping
layers:   # more of them
  menu:
    led: "ff8000"   # orange
    mapping:
      fist: [{do: press, button: start}]   # begins
      open: [{do: base}]
axes:
  left_x: {dead_zone: 0.1}   # a worn stick
outputs:
  - {kind: gamepad}   # Linux, Windows
"""


def put_alice(folder: Path) -> Path:
    """The folder with the demo, and the profile with comments as alice.yaml."""
    (put_demo(folder) / "alice.yaml").write_text(COMMENTED)
    return folder


class Editor:
    """What the editor of a folder answers to a request."""

    def __init__(self, folder: Path) -> None:
        self._editor = MappingEditor(Folder(folder), REGISTRY)

    def __call__(self, what: str, **given: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:  # Playwright keeps a loop of its own in this one
            return thread.submit(lambda: asyncio.run(getattr(self._editor, what)(given))).result()


def gesture(name: str, actions: Sequence[Mapping[str, Any]] | None, layer: str = "") -> dict[str, Any]:
    """The change of what a gesture does."""
    return {"edit": "gesture", "layer": layer, "gesture": name, "actions": actions}
