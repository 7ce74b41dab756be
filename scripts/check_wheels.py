#!/usr/bin/env python3
"""Ask the package index whether every extra of emgctl installs from wheels on every system; print a table.

    pip install uv && python scripts/check_wheels.py [EXTRA ...]

Each extra is resolved for each system and Python, with wheels only; only the packages' descriptions are downloaded.
The resolver is uv's: pip has the same dry run, but judges markers such as sys_platform by the computer it runs on.
The extras "all" and "dev" are the others together, and are left out unless they are named.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "Windows x86-64": "x86_64-pc-windows-msvc",
    "macOS arm64": "aarch64-apple-darwin",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
CORE = "(none)"
UNIONS = {"all", "dev"}
AT_ONCE = 8  # most of the time goes into waiting for the index
ENVIRONMENT = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # the oldest macOS for which onnxruntime has wheels


def problem(uv, extra, system, python):
    """Why an extra can't be installed, "" if it can."""
    command = [uv, "pip", "compile", PROJECT, "--quiet", "--no-config", "--only-binary", ":all:"]
    command += ["--python-platform", SYSTEMS[system], "--python-version", python]
    command += ["--extra", extra] if extra != CORE else []
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    return "" if done.returncode == 0 else " ".join(done.stderr.split()) or "no reason was given"


def main():
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    if uv is None:
        sys.exit("uv is missing; run: pip install uv")
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = sys.argv[1:] or [CORE, *sorted(set(project["optional-dependencies"]) - UNIONS)]
    cases = list(product(extras, SYSTEMS, PYTHONS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = dict(zip(cases, pool.map(lambda case: problem(uv, *case), cases), strict=True))
    print(f"| extra | {' | '.join(SYSTEMS)} |", f"|---{'|---' * len(SYSTEMS)}|", sep="\n")
    for extra in extras:
        print(f"| {extra} | {' | '.join(cell(problems, extra, system) for system in SYSTEMS)} |")
    for (extra, system, python), text in problems.items():
        if text:
            print(f"\n{extra}, {system}, Python {python}: {text}")
    return 1 if any(problems.values()) else 0


def cell(problems, extra, system):
    """The Pythons on which an extra installs."""
    sound = [python for python in PYTHONS if not problems[extra, system, python]]
    return "yes" if len(sound) == len(PYTHONS) else ", ".join(sound) or "no"


if __name__ == "__main__":
    sys.exit(main())
