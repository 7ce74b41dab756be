"""What scripts/demo, scripts/check and scripts/release share: virtual environments, and calls that end on failure.

This file has no syntax that Python 3.6 does not know, so that an old one says what is wrong.
"""

import contextlib
import io
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator  # noqa: UP035 - where Python 3.6 finds it

if sys.version_info < (3, 11):
    sys.exit("emgctl needs Python 3.11 or newer, and this is {}.{}".format(*sys.version_info))
if sys.maxsize < 1 << 32:
    sys.exit(
        "emgctl needs a 64-bit Python on a 64-bit system, and this one has 32 bits: onnxruntime is not made for those"
    )
if sys.platform == "darwin" and platform.machine() == "x86_64":
    sys.exit("emgctl needs a Mac with Apple silicon and a Python for it: onnxruntime is not made for Intel's any more")

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
BIN = FOLDER / ("Scripts" if os.name == "nt" else "bin")
UNFINISHED = "unfinished"  # a file in an environment that is being made, or was when that was interrupted
LEAST_BYTES = 50_000_000  # a disk with less free is full: a wheel needs that
OFFLINE = (
    "NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "name resolution", "getaddrinfo failed",
    "ProxyError", "Network is unreachable",
)  # fmt: skip
NO_NETWORK = ": there is no connection to the package index; connect this computer to the network and run this again"
if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="replace")  # a folder's name may have signs that a pipe's encoding lacks on Windows


def call(*command: object, cwd: Path = ROOT) -> None:
    """Run a command in the repository, or elsewhere; end with its status if it fails."""
    line = [str(part) for part in command]
    print("+", " ".join(line), flush=True)
    status = _status(subprocess.Popen(line, cwd=cwd))
    if status:
        sys.exit(status)


def call_together(*commands: tuple[object, ...]) -> None:
    """Run commands side by side in the repository, their output one after another; end with a status that is not 0."""
    lines = [[str(part) for part in command] for command in commands]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    running = [subprocess.Popen(line, cwd=ROOT, **pipes) for line in lines]
    for line, process in zip(lines, running, strict=True):
        printed, _ = process.communicate()
        print("+", " ".join(line), printed, sep="\n" if printed else " ", end="" if printed else "\n", flush=True)
    status = next((process.returncode for process in running if process.returncode), 0)
    if status:
        sys.exit(status)


@contextlib.contextmanager
def beside(*command: object) -> Iterator[None]:
    """While entered, a command runs in the repository, too; what it prints is shown at its end, which is waited for.

    Ends with its status if it fails, once what was done meanwhile is done.
    """
    line = [str(part) for part in command]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        process = subprocess.Popen(line, cwd=ROOT, stdout=printed, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            status = _status(process)
            printed.seek(0)
            print("+", " ".join(line), printed.read(), sep="\n", end="", flush=True)
    if status:
        sys.exit(status)


def make(folder: Path) -> Path:
    """The programs of the virtual environment in ``folder``, which is made if there is none, or if it is unfinished."""
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    unfinished = folder / UNFINISHED
    if unfinished.exists():
        shutil.rmtree(folder)
    if not (programs / ("python.exe" if os.name == "nt" else "python")).exists():
        try:
            import ensurepip  # noqa: F401 - Debian ships venv without it
        except ImportError:
            sys.exit("Python can't make virtual environments here; on Debian or Ubuntu: sudo apt install python3-venv")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished.touch()
        except OSError as error:
            sys.exit(f"{folder} can't be made ({error.strerror}){_cause(folder, '')}")
        status, printed = _call_aloud(sys.executable, "-m", "venv", folder)
        if status:
            sys.exit(f"{folder} was not made{_cause(folder, printed)}")
        unfinished.unlink()
    return programs


def renew_pip() -> None:
    """Upgrade pip if possible: a newer one resolves dependencies in half the time; without it the old one will do."""
    _call_aloud(make(FOLDER) / "python", "-m", "pip", "install", "--quiet", "pip>=26")


def install(what: str, needed: bool = True) -> None:
    """Make the environment if there is none, and install emgctl into it.

    Unless ``needed``, what was installed before will do where there is no network.
    """
    pip = (make(FOLDER) / "python", "-m", "pip", "install", "--quiet", "-c", "constraints.txt")
    status, printed = _call_aloud(*pip, *what.split())
    cause = _cause(FOLDER, printed) if status else ""
    if cause == NO_NETWORK and not needed:
        print("There is no connection to the package index, so emgctl is used as it was installed before.", flush=True)
    elif status:
        sys.exit(f"emgctl was not installed{cause}")


def _status(process: subprocess.Popen) -> int:
    """The exit status of a program; Ctrl-C is for it as well, and it ends in its own way."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return process.wait()


def _call_aloud(*command: object) -> tuple[int, str]:
    """Run a command in the repository: its exit status, and what it printed, which is shown as it comes."""
    line = [str(part) for part in command]
    print("+", " ".join(line), flush=True)
    process = subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    printed = []
    try:
        with process.stdout:
            for one in process.stdout:
                printed.append(one)
                print(one, end="", flush=True)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        process.wait()
        sys.exit("stopped; run this again to go on")
    return process.wait(), "".join(printed)


def _cause(folder: Path, printed: str) -> str:
    """Why something was not installed in ``folder``, and what to do, if that is known."""
    for place in (folder, Path(tempfile.gettempdir())):
        there = next(one for one in (place, *place.parents) if one.exists())
        if not os.access(there, os.W_OK):
            return f": {there} can't be written; put emgctl into a folder of your own and run this there"
        if shutil.disk_usage(there).free < LEAST_BYTES:
            return f": the disk of {there} is full; make room (emgctl needs 350 MB) and run this again"
    if any(one in printed for one in OFFLINE):
        return NO_NETWORK
    return "; the reason is above"
