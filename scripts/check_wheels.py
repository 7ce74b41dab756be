#!/usr/bin/env python3
"""Ask the package index whether every extra of emgctl installs from wheels on every system; write docs/wheels.md.

    pip install uv && python scripts/check_wheels.py

Each extra is resolved for each system and Python, with wheels only; only the packages' descriptions are downloaded.
The resolver is uv's: pip has the same dry run, but judges markers such as sys_platform by the computer it runs on.
The extras "all" and "dev" are the others together, and are left out. The exit status is 1 if a gap is not in GAPS,
or if one in GAPS is closed.
"""

import datetime
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "pyproject.toml"
PAGE = ROOT / "docs" / "wheels.md"
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "Windows x86-64": "x86_64-pc-windows-msvc",
    "macOS arm64": "aarch64-apple-darwin",
    "macOS x86-64": "x86_64-apple-darwin",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
CORE = "(none)"
UNIONS = {"all", "dev"}
AT_ONCE = 4  # most of the time goes into waiting for the index
ENVIRONMENT = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # the oldest macOS for which onnxruntime has wheels

Cells = dict[tuple[str, str], tuple[str, ...]]  # extra and system -> the Pythons on which it installs


class Gap(NamedTuple):
    """An extra (None: emgctl itself) that does not install from wheels on some systems, and what to do there."""

    extra: str | None
    systems: tuple[str, ...]
    title: str
    advice: str


GAPS = (
    Gap(
        None,
        ("macOS x86-64",),
        "Macs with an Intel processor",
        """\
emgctl needs onnxruntime 1.27, since older ones are less careful with models from others, and `train` needs PyTorch
2.6. The last wheels for Intel Macs are onnxruntime 1.23.2 and PyTorch 2.2.2, so that pip ends with *No matching
distribution found*. emgctl does not support these Macs.""",
    ),
    Gap(
        "datasets",
        ("Linux x86-64", "Linux aarch64", "Windows x86-64", "macOS arm64"),
        "datasets on every system",
        """\
bioread, which reads AcqKnowledge files, needs docopt, which is published as source only. It is one Python file, so
`pip install "emgctl[datasets]"` works; with `--only-binary :all:`, add `--no-binary docopt`.""",
    ),
    Gap(
        "gamepad",
        ("Linux x86-64", "Linux aarch64", "Windows x86-64"),
        "gamepad on Linux and Windows",
        """\
vgamepad is published as source only. It is Python without anything to compile, so `pip install "emgctl[gamepad]"`
works; `pip install --only-binary :all:` refuses it, unless `--no-binary vgamepad` is added. macOS has no virtual
controllers; the extra installs nothing there.

On Windows, its setup opens the installer of the driver ViGEmBus if the driver is missing, and pip waits until that
window is closed: accept it, or set the variable `VGAMEPAD_SKIP_VIGEMBUS_INSTALL=true` before and install the driver
yourself. On Linux it needs `sudo apt install libevdev2`.""",
    ),
    Gap(
        "keyboard",
        ("Linux aarch64",),
        "keyboard on Linux aarch64",
        """\
pip has to compile evdev on a Raspberry Pi: run `sudo apt install gcc python3-dev linux-libc-dev` first. Linux
x86-64 gets evdev-binary, which is the same, compiled, and has wheels for no other processor.""",
    ),
)

PAGE_TEXT = """\
# What installs from wheels

A wheel is installed as it is; without one, pip has to build the package. `python scripts/check_wheels.py` asked the
package index on {asked} and wrote this page. *yes* means that emgctl with the extra installs from wheels alone on
Python {pythons}. The systems are Linux with glibc 2.28 or newer, Windows, and macOS 14 or newer.
A test compares the packages named here with `pyproject.toml`, and fails if the page has a gap that no paragraph below
names. Windows on Arm was not asked for.

| extra | packages | {systems} |
|---|---{rule}|
{rows}

{gaps}

## BrainFlow on Linux aarch64
The extra `brainflow` installs there, but its wheel has no library for this processor: build BrainFlow from source.
MindRove's wheel has one.
"""


def extras() -> dict[str, list[str]]:
    """The packages that emgctl itself and each extra name."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    return {CORE: project["dependencies"]} | {name: optional[name] for name in sorted(set(optional) - UNIONS)}


def gap_of(extra: str, system: str) -> Gap | None:
    """The known gap that an extra falls into on a system."""
    return next((gap for gap in GAPS if gap.extra in (None, extra) and system in gap.systems), None)


def problem(uv: str, names: list[str], system: str, python: str) -> str:
    """Why emgctl with these extras cannot be installed, "" if it can."""
    command = [uv, "pip", "compile", str(PROJECT), "--quiet", "--no-config", "--only-binary", ":all:"]
    command += ["--python-platform", SYSTEMS[system], "--python-version", python]
    command += [word for name in names if name != CORE for word in ("--extra", name)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=ENVIRONMENT)
    return "" if done.returncode == 0 else " ".join(done.stderr.split()) or "no reason was given"


def ask(uv: str, system: str, python: str) -> dict[str, str]:
    """Each extra's problem on one system and Python.

    What installs together installs alone, so that few questions are needed; and nothing installs without the core.
    """
    sound = [name for name in extras() if gap_of(name, system) is None] or [CORE]
    if problem(uv, sound, system, python):
        if reason := problem(uv, [CORE], system, python):
            return dict.fromkeys(extras(), reason)
        sound = []
    return {name: "" if name in sound else problem(uv, [name], system, python) for name in extras()}


def faults(cells: Cells) -> list[str]:
    """The gaps that GAPS does not name, and those that it names and that are closed."""
    open_ = {case: gap_of(*case) for case, pythons in cells.items() if pythons != PYTHONS}
    unnamed = [f"{extra} has a gap on {system}" for (extra, system), gap in open_.items() if gap is None]
    return unnamed + [f"{gap.title}: the gap is closed" for gap in GAPS if gap not in open_.values()]


def page(cells: Cells, asked: str) -> str:
    """The page of the docs."""
    rows = [
        " | ".join((extra, "; ".join(needs), *(cell(cells[extra, system]) for system in SYSTEMS)))
        for extra, needs in extras().items()
    ]
    return PAGE_TEXT.format(
        asked=asked,
        pythons=f"{', '.join(PYTHONS[:-1])} and {PYTHONS[-1]}",
        systems=" | ".join(SYSTEMS),
        rule="|---" * len(SYSTEMS),
        rows="\n".join(f"| {row} |" for row in rows),
        gaps="\n\n".join(f"## {gap.title}\n{gap.advice}" for gap in GAPS),
    )


def cell(pythons: tuple[str, ...]) -> str:
    """The Pythons on which an extra installs."""
    return "yes" if pythons == PYTHONS else ", ".join(pythons) or "no"


def read(text: str) -> tuple[Cells, str]:
    """What a page states, and the day on which it was asked for."""
    found: Cells = {}
    for row in re.findall(r"^\| (?!extra )(.*) \|$", text, re.MULTILINE):
        extra, _, *states = row.split(" | ")
        known = {"yes": PYTHONS, "no": ()}
        found |= {
            (extra, system): known.get(state, tuple(state.split(", ")))
            for system, state in zip(SYSTEMS, states, strict=True)
        }
    return found, re.findall(r"\d{4}-\d\d-\d\d", text)[0]


def main() -> int:
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    if uv is None:
        sys.exit("uv is missing; run: pip install uv")
    cases = list(product(SYSTEMS, PYTHONS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(cases, pool.map(lambda case: ask(uv, *case), cases), strict=True))
    cells: Cells = {
        (extra, system): tuple(python for python in PYTHONS if not answers[system, python][extra])
        for extra in extras()
        for system in SYSTEMS
    }
    for (system, python), problems in answers.items():
        for extra, text in problems.items():
            if text and gap_of(extra, system) is None:
                print(f"{extra}, {system}, Python {python}: {text}\n")
    PAGE.write_text(page(cells, datetime.date.today().isoformat()), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.relative_to(ROOT)}", *faults(cells), sep="\n")
    return 1 if faults(cells) else 0


if __name__ == "__main__":
    sys.exit(main())
