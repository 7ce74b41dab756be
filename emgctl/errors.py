"""What can go wrong, as exceptions that hold facts.

EmgctlError               status 1: a request failed
├── UsageError            status 2: the request was wrong
│   └── ProfileError      status 2: every problem of a profile at once
├── FileError           a file that can't be used: path, place, problem, remedy
│   ├── FormatError     a recording or table that is not as its format prescribes
│   └── ModelError      a model that can't be used, or not with this input
├── DeviceError           an input or output that can't be opened, or was lost
└── PluginError           a plugin package that breaks its contract: which one, how, and the remedy

The command line prints the message and exits with ``exit_status``; a traceback is always a bug of emgctl.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from emgctl.extras import install_remedy

LONGEST_QUOTE = 200  # characters of a stranger's text in a message
LONGEST_TEXT = 600  # of a problem that may quote several
LONGEST_PATH = 4096
MOST_KNOWN, NEAREST = 30, 3  # words that are all listed where none is near, and how many of more than that
_WINDOWS_PATH = 260  # MAX_PATH
_SHORTER = (
    f"its path has {_WINDOWS_PATH} characters or more, which Windows refuses unless long paths are switched on: "
    "shorten it, or see https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation"
)
CHECK_PATH = "check the path"
_OS_REMEDIES = {
    errno.ENOENT: CHECK_PATH,
    errno.ENOTDIR: CHECK_PATH,
    errno.EINVAL: CHECK_PATH,
    errno.EISDIR: "name a file, not a folder",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENOSPC: "free some space on the disk",
}

_MEANT: dict[str, tuple[str, ...]] = {
    # actions
    "push": ("press",), "click": ("press",), "tap": ("press",), "hit": ("press",), "keep": ("hold",),
    "switch": ("toggle",), "lock": ("latch",), "unlock": ("release",), "repeat": ("turbo",), "autofire": ("turbo",),
    "macro": ("sequence",), "play": ("sequence",), "stop": ("pause", "kill"), "wait": ("pause",), "estop": ("kill",),
    "quit": ("kill",), "exit": ("kill", "base"), "stick": ("axis",), "move": ("axis", "velocity"),
    "analog": ("proportional",), "rumble": ("vibrate",), "light": ("led",),
    "speed": ("velocity",), "tilt": ("orientation",), "steer": ("orientation",), "aim": ("gyro",), "mode": ("layer",),
    "next": ("cycle",), "reset": ("recenter", "center"), "buzz": ("vibrate",),
    # when an action is on, and until when a layer is
    "hold": ("long",), "held": ("long",), "doubletap": ("double",), "double_tap": ("double",), "start": ("begin",),
    "press": ("begin",), "strong": ("firm",), "hard": ("firm",), "released": ("release", "end"), "finish": ("end",),
    # keys of a profile
    "key": ("button",), "keys": ("button",), "action": ("do",), "type": ("kind",), "name": ("kind", "user"),
    "file": ("path", "model", "replay"), "duration": ("for_s",), "seconds": ("for_s",), "rate": ("rate_hz",),
    "color": ("colour", "led"), "device": ("port", "host"), "gestures": ("mapping",), "actions": ("mapping",),
    "average": ("mean",), "vote": ("majority",), "voting": ("majority",),
    # inputs, decoders and outputs
    "armband": ("myo", "gforce"), "recording": ("replay",), "simulation": ("synthetic",), "simulated": ("synthetic",),
    "lda": ("classifier",), "controller": ("gamepad",), "joystick": ("gamepad",), "xbox": ("x360", "gamepad"),
    "xbox360": ("x360", "gamepad"), "ps4": ("ds4", "gamepad"), "playstation": ("ds4", "gamepad"),
    "dualshock": ("ds4", "gamepad"), "mouse": ("keyboard",), "prosthesis": ("hand",), "terminal": ("console",),
    "screen": ("console",), "print": ("console",), "web": ("http",), "browser": ("http",),
    # gestures, and the names that armbands give them
    "relax": ("rest",), "idle": ("rest",), "neutral": ("rest",), "grip": ("fist", "power"), "grasp": ("fist", "power"),
    "close": ("fist",), "spread": ("open",), "fingers_spread": ("open",), "wave_in": ("flexion",),
    "wave_out": ("extension",),
}  # fmt: skip
"""What a word was probably meant for, where spelling would lead astray; the first that is known here counts."""


class EmgctlError(Exception):
    """A request failed; the message is one clear sentence for the person at the terminal."""

    exit_status = 1


class UsageError(EmgctlError):
    """The request itself was wrong: an unknown name, options that contradict each other."""

    exit_status = 2


class ProfileError(UsageError):
    """A profile that can't be used: all its problems, one a line, each with file, place and remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class FileError(EmgctlError):
    """A file that can't be used: ``path``, ``place`` in it ("line 7" or ""), ``problem`` and ``remedy``.

    Their text may be a stranger's: it is cut and its control characters are escaped, as :func:`quoted` does.
    """

    usual_remedy: ClassVar[str] = "check that it is the right file"
    """The remedy of an error that names no better one."""

    def __init__(self, path: str | Path, problem: str, place: str = "", remedy: str = "") -> None:
        remedy = remedy or self.usual_remedy
        self.path, self.place = str(path), quoted(place)
        self.problem, self.remedy = quoted(problem, LONGEST_TEXT), quoted(remedy, LONGEST_TEXT)
        where = quoted(self.path, LONGEST_PATH) + (f": {self.place}" if place else "")
        super().__init__(f"{where}: {self.problem}" + (f"; {self.remedy}" if remedy else ""))

    @classmethod
    def from_os(cls, path: str | Path, done: str, error: Exception) -> Self:
        """The error where the system refuses what was to be ``done`` ("read", "written"), with what usually helps."""
        reason = getattr(error, "strerror", None) or str(error)
        remedy = _OS_REMEDIES.get(getattr(error, "errno", None) or 0, "check the path and the disk")
        remedy = unusual_path(path, getattr(error, "filename", None)) or remedy
        return cls(path, f"can't be {done}: {reason}", remedy=remedy)


class FormatError(FileError):
    """A recording or a table that is not as its format prescribes."""

    usual_remedy = "docs/formats.md describes each format"


class ModelError(FileError):
    """A model file that can't be used, or does not fit the input it is to decode."""

    usual_remedy = "train it again, or use another model"


class DeviceError(EmgctlError):
    """A device that can't be opened or was lost: ``device``, ``problem`` and the ``remedy`` to try."""

    def __init__(self, device: str, problem: str, remedy: str = "") -> None:
        remedy = remedy or "check that it is switched on, connected and not in use by another program"
        self.device, self.problem, self.remedy = device, problem, remedy
        super().__init__(f"{device}: {problem}" + (f"; {remedy}" if remedy else ""))


class CalibrationError(EmgctlError):
    """A calibration whose model is too poor to be used, or to replace the one in use: nothing was changed.

    ``reason`` is one sentence, ``advice`` has more for the person. ``recording`` is what was recorded, which is kept;
    None if nothing was recorded. ``figures`` are those of the test that it failed, where there was one.
    """

    def __init__(
        self,
        reason: str,
        advice: Iterable[str],
        model: Path,
        recording: Path | None,
        figures: Mapping[str, Any] | None = None,
    ) -> None:
        self.reason, self.advice, self.recording = reason, tuple(advice), recording
        self.figures = dict(figures or {})
        left = f"{model.name} stays as it was" if model.exists() else f"{model.name} is not written"
        kept = f"; the recording is kept in {recording}" if recording is not None else ""
        super().__init__("\n".join((f"the calibration failed: {reason}", *self.advice, left + kept)))


def unusual_path(*paths: object) -> str:
    """The remedy where the name itself may be why there is no such file: "" for a usual one."""
    names = [str(one) for one in paths if one is not None]
    if any(ord(one) < ord(" ") for name in names for one in name):
        return r"double quotes in YAML turn \t into a tab: put the path in single quotes, or write / instead"
    too_long = any(len(str(Path(name).absolute())) >= _WINDOWS_PATH for name in names)
    return _SHORTER if sys.platform == "win32" and too_long else ""


def quoted(text: object, most: int = LONGEST_QUOTE) -> str:
    """A stranger's text for a message: at most ``most`` characters of it, control characters escaped.

    What would move a terminal's cursor, end the line or turn its direction is shown as Python would write it.
    """
    shown = str(text)
    cut = len(shown) > most
    shown = shown[:most]
    if not shown.isprintable():
        shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in shown)
        cut, shown = cut or len(shown) > most, shown[:most]
    return shown + "..." if cut else shown


def missing_extra(device: str, package: str, extra: str) -> DeviceError:
    """The error for an optional library that is not installed, with the command that installs it."""
    return DeviceError(device, f"needs the Python package '{package}'", install_remedy(extra))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'gamepad'?"``, or the known words (the nearest of many), or ``""`` when there are none.

    Near in meaning goes before near in spelling: 'push' is 'press', not 'pause'.
    """
    import difflib  # not above: a hand's process needs the errors, and must start fast

    known = sorted(set(known))
    if meant := next((one for one in _MEANT.get(word.casefold(), ()) if one in known), ""):
        return f"; did you mean '{quoted(meant)}'?"
    close = difflib.get_close_matches(word[:LONGEST_QUOTE], known, n=1)
    if close:
        return f"; did you mean '{quoted(close[0])}'?"
    if len(known) > MOST_KNOWN:
        near = difflib.get_close_matches(word[:LONGEST_QUOTE], known, n=NEAREST, cutoff=0.0)
        return f"; nearest: {quoted(', '.join(near), LONGEST_TEXT)}, and {len(known) - len(near)} others"
    return f"; known: {quoted(', '.join(known), LONGEST_TEXT)}" if known else ""


class PluginError(EmgctlError):
    """A plugin that breaks its contract: ``plugin`` with its package, ``problem`` and ``remedy``."""

    def __init__(self, plugin: str, problem: str, remedy: str = "") -> None:
        remedy = remedy or "update or remove its package"
        self.plugin, self.problem, self.remedy = plugin, problem, remedy
        super().__init__(f"{plugin}: {problem}" + (f"; {remedy}" if remedy else ""))
