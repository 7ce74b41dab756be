"""Calls that may take long and that Ctrl-C can interrupt, also on Windows."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from emgctl.support.abandoned import ABANDONED

T = TypeVar("T")
_LOOK_S = 0.1


def interruptible(call: Callable[[], T], undo: Callable[[], object]) -> T:
    """What ``call`` returns; a signal's exception is raised at once, and the call then undone when it returns.

    On Windows no signal interrupts a call in C or a wait for another thread, so there the call has a thread of its own.
    """
    if sys.platform == "win32" and threading.current_thread() is threading.main_thread():
        return _in_a_thread(call, undo)
    return call()


def _in_a_thread(call: Callable[[], T], undo: Callable[[], object]) -> T:
    results: queue.SimpleQueue[T] = queue.SimpleQueue()
    failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    done, given_up, lock = threading.Event(), threading.Event(), threading.Lock()

    def work() -> None:
        try:
            result = call()
        except BaseException as error:
            failures.put(error)
        else:
            with lock:
                if not given_up.is_set():
                    results.put(result)
            if given_up.is_set():
                with suppress(Exception):
                    undo()
        done.set()

    try:
        threading.Thread(target=work, name="open", daemon=True).start()
        while not done.wait(_LOOK_S):
            pass  # signals are handled between two waits
        if failures.empty():
            return results.get()
    except BaseException:
        with lock:
            given_up.set()
        if results.empty():
            ABANDONED.set()  # it may never return
        else:
            undo()
        raise
    raise failures.get()
