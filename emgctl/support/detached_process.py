"""Processes that outlive the program that started them, whatever ends it: they keep safe what it drives."""

from __future__ import annotations

import os
import subprocess
import sys

from emgctl.support.own_program import bundled, own_command

_DETACHED_PROCESS, _CREATE_NEW_PROCESS_GROUP = 0x08, 0x200


def start_detached(module: str, *, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """Run a module with this Python and its packages, but without this one's terminal, console or signals.

    The process's stdin is a pipe without a buffer. On Windows, the launcher of a virtual environment is left out: it
    ends at once when the console is closed or the session ends, and with it the Python that it has started
    (python/cpython #96289).
    """
    path = os.pathsep.join(place for place in sys.path if place)
    (program, *words), env, flags = own_command(module), os.environ | {"PYTHONPATH": path}, 0
    if sys.platform == "win32":
        flags = _DETACHED_PROCESS | _CREATE_NEW_PROCESS_GROUP
        if not bundled():
            program = getattr(sys, "_base_executable", program)
        if program != sys.executable:
            env["__PYVENV_LAUNCHER__"] = sys.executable  # as multiprocessing does
    return subprocess.Popen(  # noqa: S603 - this Python, and a module of emgctl
        [program, *words],
        stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, bufsize=0,
        env=env, start_new_session=True, creationflags=flags,
    )  # fmt: skip
