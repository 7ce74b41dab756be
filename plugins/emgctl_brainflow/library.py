"""BrainFlow or its fork: loading it, keeping its log from the terminal, and making sentences of its errors."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from emgctl.errors import DeviceError, EmgctlError, missing_extra, quoted

_ERRORS_ONLY, _OFF = 4, 6  # levels of its log
_LONGEST_LOG = 20_000
_PROBLEMS = {
    "PORT_ALREADY_OPEN_ERROR": ("is open already", "close the program that uses it"),
    "UNABLE_TO_OPEN_PORT_ERROR": (
        "its port can't be opened",
        "plug it in, close other programs that use it, or correct the options; emgctl devices lists serial ports",
    ),
    "BOARD_WRITE_ERROR": ("takes no commands", ""),
    "BOARD_NOT_READY_ERROR": ("does not respond", "switch it on and bring it nearer"),
    "INVALID_ARGUMENTS_ERROR": ("an option is missing or wrong", ""),
    "UNSUPPORTED_BOARD_ERROR": ("the library can't use it on this system", ""),
    "ANOTHER_BOARD_IS_CREATED_ERROR": ("is in use by another input of this program", "close that one first"),
}
"""What the exit codes mean to a person, and what to do; "" for what the board's own page names."""


@dataclass(frozen=True, slots=True)
class Library:
    """The Python ``package``, which is also the name of emgctl's extra, and its class of parameters."""

    package: str
    params: str

    def load(self) -> Any:
        """The module with the boards, with a log that the terminal never shows.

        Raises:
            DeviceError: it is not installed, or has no native library for this system.
        """
        try:
            module = import_module(f"{self.package}.board_shim")
            if sys.version_info < (3, 12) and module.__spec__ is not None:
                # BrainFlow looks for its library beside itself, which only a package may before 3.12
                module.__spec__.submodule_search_locations = []
            module.BoardShim.set_log_file(str(_log(self.package)))
            module.BoardShim.set_log_level(_OFF)
        except ImportError as error:
            raise missing_extra(self.package, self.package, self.package) from error
        except OSError as error:
            what = f"its native library can't be loaded: {quoted(error)}"
            raise DeviceError(self.package, what, "it may not exist for this system and processor") from error
        return module

    def session(self, module: Any, board: int, params: Any) -> Any:
        """A session of the board, not yet prepared, which only ends when it is released.

        BrainFlow's own class releases its board when it is deleted, even if another session has the board by then.
        """
        return type("Session", (module.BoardShim,), {"__del__": lambda _: None})(board, params)

    @contextmanager
    def calls(self, where: str, module: Any, remedy: str) -> Iterator[None]:
        """Make a DeviceError of what the library raises inside, with the reason from its log.

        ``remedy`` is where to look up what the board needs.
        """
        log = _log(self.package)
        begun = _size(log)
        module.BoardShim.set_log_level(_ERRORS_ONLY)
        try:
            yield
        except EmgctlError:
            raise
        except Exception as error:
            raise self._error(where, error, log, begun, remedy) from error
        finally:
            module.BoardShim.set_log_level(_OFF)  # while it runs, its log could grow without end

    def _error(self, where: str, error: Exception, log: Path, begun: int, remedy: str) -> DeviceError:
        name = str(error).partition(":")[0]
        problem, known = _PROBLEMS.get(name, (f"{self.package} reports {quoted(error)}", ""))
        reason = _last_error(log, begun)
        shown = f" ({self.package}: {quoted(reason)})" if reason else ""
        return DeviceError(where, problem + shown, known or remedy)


@cache
def _log(package: str) -> Path:
    """The file that its log goes to, for as long as this program runs."""
    folder = Path(tempfile.mkdtemp(prefix=f"emgctl-{package}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "log.txt"


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _last_error(log: Path, begun: int) -> str:
    """The message of the last error that was logged since the file had ``begun`` bytes, "" if there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(begun, _size(log) - _LONGEST_LOG))
        lines = file.read().decode(errors="replace").splitlines()
    errors = [line.partition("[error]")[2].strip() for line in lines if "[error]" in line]
    return errors[-1].rstrip(".") if errors else ""
