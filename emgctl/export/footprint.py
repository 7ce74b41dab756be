"""How much of a microcontroller a program takes: its flash, its memory and its stack, by the compiler's own report."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emgctl.errors import DeviceError
from emgctl.export.boards import BOARDS, M4F, Board
from emgctl.export.compiler import call
from emgctl.export.targets import write_files

COMPILER = "arm-none-eabi-gcc"
FLAGS = ("-mthumb", "-std=gnu99", "-O2", "-ffunction-sections", "-fdata-sections", "-fstack-usage")
LINKED = ("-Wl,--gc-sections", "--specs=nosys.specs", "-Wl,--no-warn-rwx-segments")
_MAIN = """#include "emg.h"
int main(void)
{
    static float sample[EMG_CHANNELS];
    emg_init();
    return emg_push(sample, EMG_CHANNELS);
}
"""
_EMPTY = "int main(void)\n{\n    return 0;\n}\n"
_CALLS = 6  # nested at most: emg_push, push, add, decide, emg_network, one operator; and a function of the C library


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a program takes, in bytes; ``stack`` is at most so much, without interrupts."""

    flash: int
    ram: int
    stack: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a program fits a board, in words; ``footprint`` is None where the board runs none."""

    board: Board
    footprint: Footprint | None
    verdict: str


def fits(files: Mapping[str, str]) -> Iterator[Fit]:
    """Each board, with what the program of these ``files`` takes there.

    Raises:
        DeviceError: the compiler is missing, or fails.
    """
    measured: dict[tuple[str, ...], Footprint] = {}
    for board in BOARDS:
        if board.refused:
            yield Fit(board, None, f"no: {board.refused}")
            continue
        flags = board.flags or M4F
        if flags not in measured:
            measured[flags] = footprint(files, flags)
        found = measured[flags]
        over = [
            f"{need - has} bytes of {name} too many"
            for name, need, has in (
                ("flash", found.flash, board.flash),
                ("memory", found.ram + found.stack, board.ram),
            )
            if need > has
        ]
        estimated = "" if board.flags else " (estimated)"
        yield Fit(board, found, f"no: {', '.join(over)}{estimated}" if over else f"yes{estimated}")


def footprint(files: Mapping[str, str], flags: tuple[str, ...]) -> Footprint:
    """What the decoder of these ``files`` adds to a program that does nothing, with the C library's functions it uses.

    Raises:
        DeviceError: the compiler is missing, or fails.
    """
    check_compiler()
    decoder, stacks = _built({**files, "main.c": _MAIN}, flags)
    empty, _ = _built({"main.c": _EMPTY}, flags)
    flash, ram = (one - other for one, other in zip(decoder, empty, strict=True))
    return Footprint(flash, ram, sum(sorted(stacks)[-_CALLS:]))


def check_compiler() -> None:
    """Refuse to begin without the compiler for microcontrollers.

    Raises:
        DeviceError: it is not installed.
    """
    if shutil.which(COMPILER) is None:
        raise DeviceError(COMPILER, "is not installed", "Debian: apt install gcc-arm-none-eabi libnewlib-arm-none-eabi")


def _built(files: Mapping[str, str], flags: tuple[str, ...]) -> tuple[tuple[int, int], list[int]]:
    """Flash and memory of the linked program, and the stack of each function."""
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as name:
        folder = Path(name)
        write_files(folder, dict(files))
        sources = [one for one in files if one.endswith(".c")]
        call([COMPILER, *FLAGS, *flags, *LINKED, "-o", "program.elf", *sources, "-lm"], folder, "build", "update it")
        sizes = call(["arm-none-eabi-size", "program.elf"], folder, "build", "update it").splitlines()[1].split()
        text, data, bss = map(int, sizes[:3])
        reports = [one.read_text(encoding="utf-8") for one in folder.glob("*.su")]
        return (text + data, data + bss), [int(number) for one in reports for number in re.findall(r"\t(\d+)\t", one)]
