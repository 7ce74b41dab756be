"""The folder of someone who starts a bundle by a double click, and has named none."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from emgctl.errors import EmgctlError

_DEMO = ("demo.yaml", "demo.h5", "demo.onnx", "profile.schema.json")


def first_folder() -> Path:
    """The folder ``emgctl`` in the person's own, made with the demo in it if there is none.

    Raises:
        EmgctlError: it can't be made.
    """
    try:
        folder = Path.home() / "emgctl"
        if not folder.is_dir():
            folder.mkdir()
            profiles = Path(sys.executable).parent / "profiles"
            for name in _DEMO:
                shutil.copy(profiles / name, folder / name)
    except (OSError, RuntimeError) as error:
        where = getattr(error, "filename", None) or "your home folder"
        why = getattr(error, "strerror", None) or error
        problem = f"{where}: can't be used for your profiles ({why}); name another folder: emgctl studio FOLDER"
        raise EmgctlError(problem) from error
    return folder
