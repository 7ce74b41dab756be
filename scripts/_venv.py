"""What scripts/demo, scripts/check and scripts/release share: virtual environments, and calls that end on failure."""

import io
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
BIN = FOLDER / ("Scripts" if os.name == "nt" else "bin")
if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="replace")  # a folder's name may have signs that a pipe's encoding lacks on Windows


def call(*command: object, cwd: Path = ROOT) -> None:
    """Run a command in the repository, or elsewhere; end with its status if it fails."""
    line = [str(part) for part in command]
    print("+", " ".join(line), flush=True)
    status = subprocess.call(line, cwd=cwd)
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
    if status := next((process.returncode for process in running if process.returncode), 0):
        sys.exit(status)


def make(folder: Path) -> Path:
    """The programs of the virtual environment in ``folder``, which is made if there is none."""
    if sys.version_info < (3, 11):
        sys.exit("emgctl needs Python 3.11 or newer")
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (programs / ("python.exe" if os.name == "nt" else "python")).exists():
        try:
            import ensurepip  # noqa: F401 - Debian ships venv without it
        except ImportError:
            sys.exit("Python can't make virtual environments here; on Debian or Ubuntu: sudo apt install python3-venv")
        call(sys.executable, "-m", "venv", folder)
    return programs


def install(what: str) -> None:
    """Make the environment if there is none, and install emgctl into it."""
    call(make(FOLDER) / "python", "-m", "pip", "install", "--quiet", "-c", "constraints.txt", *what.split())
