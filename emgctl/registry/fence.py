"""Calls into plugin packages: exceptions become one line that names the package, and hangs are ended.

Third-party code may raise anything, including ``SystemExit`` and ``KeyboardInterrupt``. Only emgctl's own errors,
which are meant for the user, and the user's own Ctrl-C pass.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from emgctl.errors import EmgctlError, PluginError, quoted
from emgctl.extras import pip_command
from emgctl.plugin import DatasetReader, Decoder, Input, Output, Plugin, Simulator
from emgctl.support.abandoned import ABANDONED
from emgctl.trainer import Trainer

log = logging.getLogger(__name__)
T = TypeVar("T")

BASES: dict[str, type[Plugin]] = {
    "input": Input,
    "decoder": Decoder,
    "output": Output,
    "dataset": DatasetReader,
    "simulator": Simulator,
    "trainer": Trainer,
}
"""The roles of plugin classes, with the base class of each."""

OWN = "emgctl"
"""The distribution of the built-in plugins."""

_CALLERS = {Path(__file__).with_name(name) for name in ("fence.py", "package.py", "__init__.py")}
NOTICE_S = 2.0
"""Imports slower than this are reported."""


def limit_s() -> float:
    """Time limit for importing a plugin or calling it before a run: 20 s, or EMGCTL_PLUGIN_LIMIT_S seconds."""
    try:
        given = float(os.environ.get("EMGCTL_PLUGIN_LIMIT_S", ""))
    except ValueError:
        return 20.0
    return given if math.isfinite(given) and given > 0 else 20.0


def title(plugin: Plugin | type[Plugin]) -> str:
    """The plugin's role, kind and package, as used in messages."""
    cls = plugin if isinstance(plugin, type) else type(plugin)
    role = next((role for role, base in BASES.items() if issubclass(cls, base)), "plugin")
    package = f" (package {cls.package})" if cls.package else ""
    return f"{role} '{getattr(cls, 'kind', cls.__name__)}'{package}"


def remedy(package: str) -> str:
    """What the user can do about a faulty ``package`` ("name version")."""
    name = package.partition(" ")[0]
    if not name:
        return "reinstall or remove it"
    if name == OWN:
        return "reinstall emgctl or report this"
    update, remove = pip_command(f"install --upgrade {name}"), pip_command(f"uninstall {name}")
    return f"update it ({update}) or remove it ({remove})"


def described(error: BaseException) -> str:
    """The exception's class and text, and the file and line that raised it."""
    try:
        text = str(error)
    except Exception:  # a third-party exception may fail here, too
        text = ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_foreign(frame.filename)]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if text else ''}{quoted(text)}{place}"


def _is_foreign(filename: str) -> bool:
    """Whether a frame is plugin code, not the import machinery or emgctl's own callers."""
    return not filename.startswith("<") and "importlib" not in Path(filename).parts and Path(filename) not in _CALLERS


def called(plugin: Plugin | type[Plugin], what: str, call: Callable[[], T], limit: float | None = None) -> T:
    """Return the result of ``call``; ``what`` names it in messages ("open()").

    The time limit is that of :func:`limited`, :func:`limit_s` by default.

    Raises:
        PluginError: it raised anything other than emgctl's own errors, or did not return in time.
    """
    pressed = SigintWatch()
    try:
        with pressed, limited(f"{title(plugin)}: {what}", limit_s() if limit is None else limit):
            return call()
    except EmgctlError:
        raise
    except Overdue as error:
        raise failed(plugin, f"{what} {error}") from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and pressed.seen:
            raise
        raise failed(plugin, f"{what} raised {described(error)}", error) from error


def answered(plugin: Plugin | type[Plugin], what: str, call: Callable[[], T], limit: float) -> T:
    """Like :func:`called`, but in its own thread, which is abandoned after ``limit`` seconds.

    Raises:
        PluginError: it raised anything other than emgctl's own errors, or did not return in time.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name=f"{what} of {title(plugin)}", daemon=True)
    thread.start()
    thread.join(limit)
    if results:
        return results[0]
    if not errors:
        ABANDONED.set()
        raise failed(plugin, f"{what} has not returned after {limit:g} s")
    if isinstance(errors[0], EmgctlError):
        raise errors[0]
    raise failed(plugin, f"{what} raised {described(errors[0])}", errors[0]) from errors[0]


def failed(plugin: Plugin | type[Plugin], problem: str, error: BaseException | None = None) -> PluginError:
    """Create the error for a plugin that breaks its contract; the traceback is logged at level debug."""
    log.debug("%s: %s", title(plugin), problem, exc_info=error)
    cls = plugin if isinstance(plugin, type) else type(plugin)
    return PluginError(title(plugin), problem, remedy(cls.package))


class _ToStderr(io.TextIOBase):
    """Writes to stderr, and keeps it open when closed."""

    def write(self, text: str) -> int:
        """Write to stderr."""
        return sys.stderr.write(text)


def stdout_to_stderr() -> contextlib.redirect_stdout[_ToStderr]:
    """Redirect a plugin's printed output to stderr, so that it does not end up in a command's JSON."""
    return contextlib.redirect_stdout(_ToStderr())


class SigintWatch:
    """Detects whether SIGINT has arrived, to distinguish Ctrl-C from a KeyboardInterrupt raised by a plugin."""

    def __init__(self) -> None:
        self.seen = False
        self._before: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self._before = signal.signal(signal.SIGINT, self._arrived)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        self.seen = True
        self._before(number, frame)


class Overdue(BaseException):
    """Raised inside a call that takes too long; ``except Exception`` must not swallow it."""


@contextlib.contextmanager
def limited(what: str, limit: float, notice_s: float = 10.0) -> Iterator[None]:
    """A time limit in seconds, ``math.inf`` for none, for a call that must happen in the main thread.

    After ``notice_s`` the call is reported; after ``limit`` it is interrupted. Only POSIX interval timers can interrupt
    the main thread: elsewhere, in other threads, and in a C extension that never returns, nothing happens.

    Raises:
        Overdue: inside the block when time is up, and again if it continues for as long.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    began_s = time.monotonic()
    due_s = began_s + limit

    def expired(_number: int, _frame: FrameType | None) -> None:
        nonlocal due_s
        left_s = due_s - time.monotonic()
        if left_s <= 0.01:
            due_s += limit
            signal.setitimer(signal.ITIMER_REAL, limit)
            raise Overdue(f"did not finish within {limit:g} s")
        if math.isfinite(left_s):
            signal.setitimer(signal.ITIMER_REAL, left_s)
        until = f"; the limit is {limit:g} s" if math.isfinite(limit) else ""
        with contextlib.suppress(RuntimeError):  # it was just printing
            log.warning("%s has taken %g s so far%s", what, notice_s, until)

    handler = signal.signal(signal.SIGALRM, expired)
    before_s, _ = signal.setitimer(signal.ITIMER_REAL, min(notice_s, limit))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if before_s:  # another timer continues
            signal.setitimer(signal.ITIMER_REAL, max(before_s - (time.monotonic() - began_s), 0.001))
