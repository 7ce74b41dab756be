"""The process that reads files on trial: completely, reporting what is wrong. See emgctl.support.vetting.

It reads one line of JSON per file, with the file's name and its time limit in seconds, and replies with one line of
JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from emgctl.errors import EmgctlError, FileError
from emgctl.support.free_memory import begin_trial
from emgctl.support.quiet import quiet


def main() -> None:
    """Reply until the input ends."""
    module = import_module(sys.argv[1])
    read_all: Callable[[Path], None] = module.read_all
    for library in module.LIBRARIES:  # before the time limit starts
        with quiet(), suppress(ImportError):
            import_module(library)
    _limit(int(sys.argv[2]))
    begin_trial()
    _say({})
    for line in sys.stdin:
        name, limit_s = json.loads(line)
        _limit_time(limit_s)
        _say(answer(read_all, Path(name)))


def answer(read_all: Callable[[Path], None], path: Path) -> dict[str, str]:
    """What is wrong with a file, empty if nothing."""
    try:
        read_all(path)
    except FileError as error:
        return {"problem": error.problem, "place": error.place, "remedy": error.remedy}
    except EmgctlError as error:
        return {"problem": str(error), "place": "", "remedy": ""}
    except MemoryError:
        return {"problem": "needs more memory than allowed", "place": "", "remedy": ""}
    except Exception as error:  # libraries may raise anything
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return {"problem": "is damaged or truncated and can't be read", "place": "", "remedy": f"its reader: {text}"}
    return {}


def _limit(most_bytes: int) -> None:
    """Let this process neither write files nor fill the memory; Windows knows no such limits."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, most_bytes), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (allowed, allowed))


def _limit_time(limit_s: float) -> None:
    """Let the system end this process after so many more seconds of computing, however busy the machine is."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        soon = int(used.ru_utime + used.ru_stime + limit_s) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (soon if hard == resource.RLIM_INFINITY else min(soon, hard), hard))


def _say(answer: dict[str, str]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 - read by the other process


if __name__ == "__main__":
    main()
