"""A person's folder with the demo."""

from __future__ import annotations

import shutil
from pathlib import Path

PROFILES = Path(__file__).parents[2] / "profiles"
_KEPT = ("demo.h5", "demo.onnx")


def put_demo(folder: Path) -> Path:
    """The folder with the demo and nothing else, whatever it had before.

    A model that is there already stays: each new file of a model is tried out in a process first, which takes long.
    """
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in _KEPT:
            path.unlink()
    for name in _KEPT:
        if not (folder / name).exists():
            shutil.copy(PROFILES / name, folder / name)
    shutil.copy(PROFILES / "demo.yaml", folder / "demo.yaml")
    return folder


def put_person(folder: Path, speed: int = 1) -> None:
    """Have a simulated person, who obeys cues, instead of the demo's recording; so many times as fast as real ones."""
    profile = folder / "demo.yaml"
    text = profile.read_text()
    assert "  kind: replay\n  path: demo.h5\n" in text
    person = f"  kind: synthetic\n  seed: 7\n  speed: {speed}\n"
    profile.write_text(text.replace("  kind: replay\n  path: demo.h5\n", person))
