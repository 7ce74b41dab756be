"""Real-time scheduling of a run on Linux.

Nothing of normal priority delays a decision, no memory is swapped out, and cores that wait for a packet sleep so
lightly that they keep their caches.
What is not permitted is left out, and said in one sentence; docs/realtime.md says how to permit it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)
LOOP_PRIORITY = 10
WATCH_PRIORITY = 11  # of what makes the outputs neutral if the loop hangs
_CURRENT, _FUTURE, _ON_FAULT = 1, 2, 4  # of mlockall(2); only pages that are used, not every thread's whole stack
_IPC_LOCK = 14  # the capability without which later allocations would fail at the limit, see capabilities(7)
_TIMER_SLACK = 29  # of prctl(2): how much later than asked for a wait of this thread may end, by default 50 us
_ISOLATED = Path("/sys/devices/system/cpu/isolated")
_LATENCY = Path("/dev/cpu_dma_latency")  # see the kernel's PM Quality of Service interface; in force while it is open
_IDLE_DRIVER = Path("/sys/devices/system/cpu/cpuidle/current_driver")
_LIGHT_SLEEP_US = 5  # to wake from C1 takes 1 to 2 us; deeper states switch caches off
_active = threading.Event()


def use_realtime() -> None:
    """Schedule this thread, and those that it starts from now on, before all normal ones.

    The memory is locked, and all cores sleep lightly, until the process ends.
    """
    problems = []
    if sys.platform != "linux":
        problems.append("real-time scheduling (only Linux supports it)")
    else:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(WATCH_PRIORITY))
            _active.set()
        except OSError as error:
            problems.append(f"real-time scheduling ({error.strerror})")
        for name, use in (("locked memory", _lock_memory), ("cores that sleep lightly", _sleep_lightly)):
            try:
                use()
            except OSError as error:
                problems.append(f"{name} ({error.strerror})")
    if problems:
        log.warning("continuing without %s", ", ".join(problems))


def begin_loop() -> None:
    """Schedule this thread as the loop: below what watches it, and on a core of its own if there is one."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_TIMER_SLACK, 1, 0, 0, 0)
    if _active.is_set():
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(LOOP_PRIORITY))
        if cores := _isolated():
            with suppress(OSError):  # of another container
                os.sched_setaffinity(0, {max(cores)})


def _lock_memory() -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    capabilities = int(status.split("CapEff:")[1].split()[0], 16)
    if not capabilities >> _IPC_LOCK & 1:
        raise OSError(1, os.strerror(1))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_CURRENT | _FUTURE | _ON_FAULT):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _sleep_lightly() -> None:
    """Limit how long a core takes to wake; the file stays open, as the limit ends with it."""
    is_virtual = _IDLE_DRIVER.exists() and _IDLE_DRIVER.read_text(encoding="ascii").strip() == "haltpoll"
    limit_us = 0 if is_virtual else _LIGHT_SLEEP_US  # a virtual core that halts at all is given to others by the host
    os.write(os.open(_LATENCY, os.O_WRONLY), struct.pack("i", limit_us))


def _isolated() -> set[int]:
    """The cores that the kernel gives to nobody who does not ask for them (isolcpus)."""
    try:
        ranges = _ISOLATED.read_text(encoding="ascii").strip().split(",")
    except OSError:
        return set()
    ends = [tuple(map(int, one.split("-"))) for one in ranges if one]
    return {core for end in ends for core in range(end[0], end[-1] + 1)}
