"""A calibration that the studio started: ``python -m emgctl.studio.calibration_process REQUEST``.

Its stdout brings frames to the server, its stdin takes what the person wants; it ends when that is closed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgctl.calibration.calibrate import calibrate_profile
from emgctl.calibration.calibrated_profile import MUSCLES
from emgctl.calibration.history import QUICK, REFRESH, SYNC, History
from emgctl.calibration.options import CalibrationOptions, CalibrationUI
from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.muscles.calibration import MOST_MUSCLES
from emgctl.profile.template import write_starter
from emgctl.registry import Registry
from emgctl.studio.calibration_feed import CalibrationFeed
from emgctl.studio.run_process import ENDING_S
from emgctl.support.pipes import own_stdin, taken_stdout

FULL, POSE = "full", "pose"
KINDS = (QUICK, FULL, REFRESH, SYNC, POSE, MUSCLES)
"""What a page can ask for."""

_NAMES = {
    "quick": "'Quick start'", "sync": "'Sync'", "refresh": "'Refresh'", "gestures": "the gestures",
    "find_rotation": "emgctl calibrate --find-rotation", "use_earlier": "emgctl calibrate --use-earlier",
    "rollback_calibration": "emgctl calibrate --rollback", "rest_s": "emgctl calibrate --rest-seconds",
}  # fmt: skip


def options_of(request: Mapping[str, Any]) -> CalibrationOptions:
    """What a page's request means for the calibration.

    Raises:
        UsageError: it asks for an unknown kind, for no gesture, or for too many muscles.
    """
    kind, gestures = request["kind"], tuple(request.get("gestures", ()))
    if kind not in KINDS:
        raise UsageError(f"'{str(kind)[:40]}' is none of {', '.join(KINDS)}")
    if kind in (QUICK, FULL) and not gestures:
        raise UsageError("choose at least one gesture")
    if kind == MUSCLES:
        if not 1 <= len(gestures) <= MOST_MUSCLES:
            raise UsageError(f"choose one to {MOST_MUSCLES} muscles")
        return CalibrationOptions(gestures=gestures, decoder=MUSCLES)
    if kind == QUICK:
        unwanted, casual = tuple(request.get("unwanted", ())), request.get("casual") is True
        return CalibrationOptions(
            quick=True, gestures=gestures, unwanted=unwanted or None, casual=casual or None, arm=request.get("arm")
        )
    if kind == FULL:
        return CalibrationOptions(gestures=gestures, repetitions=request.get("repetitions"))
    recorded = Path(request["recorded"]) if request.get("recorded") else None
    return CalibrationOptions(sync=kind == SYNC or None, refresh=kind == REFRESH or None, recorded=recorded)


def decoder_of(kind: str) -> str:
    """The decoder of a new profile that begins with a calibration of this kind."""
    return kind if kind in (POSE, MUSCLES) else "classifier"


def main(request: Mapping[str, Any]) -> int:
    """Calibrate as the request says; the exit status."""
    path, rest = Path(request["profile"]), "rest"
    feed = CalibrationFeed(own_stdin(), taken_stdout(), path.stem, rest, _end)
    try:
        feed.send(phase="opening", kind=request["kind"], profile=request.get("name", path.name))
        options = options_of(request)
        if request.get("input"):
            write_starter(path, request["input"], Registry(), decoder_of(request["kind"]), options.gestures or ())
        names = _NAMES | ({"gestures": "'Which muscles?'"} if request["kind"] == MUSCLES else {})
        ui = CalibrationUI(feed.prompts, feed.notify, feed.progress, names, feed)
        feed.finish(calibrate_profile(path, None, options, ui))
        return 0
    except EmgctlError as error:
        problem = error
    except MemoryError:
        problem = EmgctlError("the calibration needs more memory than there is; the model stays as it was")
    except OSError as error:
        where = error.filename or "a file"
        problem = EmgctlError(f"{where}: {error.strerror or error}; the model stays as it was")
    if request.get("input"):
        _forget_unused(path)
    feed.fail(problem, path.exists())
    return problem.exit_status


def _end() -> None:
    """End as by SIGTERM, which keeps what was recorded; where that takes long, or leads to new prompts, at once."""
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGTERM)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)  # interrupts what it waits for
    time.sleep(ENDING_S)
    os._exit(EmgctlError.exit_status)


def _forget_unused(path: Path) -> None:
    """Remove a profile that was begun for this calibration, unless something was recorded for it."""
    folder = History(path).folder
    if folder.is_dir() and any(folder.iterdir()):
        return
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        folder.rmdir()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
