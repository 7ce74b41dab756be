"""The demo's recording and model, for profiles in a test's own folder."""

import shutil
from pathlib import Path

PROFILES = Path(__file__).parents[1] / "profiles"


def copy_demo(folder: Path) -> None:
    """Put ``demo.h5`` and ``demo.onnx`` into ``folder``: a profile reaches no file outside its own."""
    for name in ("demo.h5", "demo.onnx"):
        shutil.copyfile(PROFILES / name, folder / name)
