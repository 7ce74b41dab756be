"""How much of a microcontroller a program takes: its flash, its memory and its stack, by the compiler's own report."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emgctl.errors import DeviceError
from emgctl.export import emulator
from emgctl.export.boards import BOARDS, M4F, Board, Core
from emgctl.export.compiler import MICRO, call, check_micro_compiler
from emgctl.export.targets import write_files

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
    """What a program takes of a board; ``footprint`` is None where the board runs none.

    ``problems`` are why it does not fit, () if it does. ``instructions`` are those of a window, None where they are
    not counted.
    """

    board: Board
    footprint: Footprint | None
    problems: tuple[str, ...]
    instructions: int | None = None


def fits(files: Mapping[str, str], boards: Sequence[Board] = ()) -> Iterator[Fit]:
    """What the program of these ``files`` takes of each board, by default of all.

    Instructions are counted where the emulator is installed, and knows the core with enough memory.

    Raises:
        DeviceError: the compiler is missing, or fails.
    """
    measured: dict[str, tuple[Footprint, int | None]] = {}
    emulated = emulator.installed()
    for board in boards or BOARDS:
        if board.refused:
            yield Fit(board, None, (board.refused,))
            continue
        core = board.core if board.core.flags else M4F
        if core.name not in measured:
            size = footprint(files, core)
            counts = emulated and core.machine is not None and max(size.flash, size.ram) < emulator.LARGEST
            measured[core.name] = size, emulator.instructions(files, core) if counts else None
        found, counted = measured[core.name]
        needed = (("flash", found.flash, board.flash), ("memory", found.ram + found.stack, board.ram))
        over = tuple(f"{need - has} bytes of {name} too many" for name, need, has in needed if need > has)
        yield Fit(board, found, over, counted if core is board.core else None)


def check_fit(fit: Fit) -> None:
    """Refuse a program that does not fit a board.

    Raises:
        DeviceError: it does not, with how much is too much.
    """
    if fit.problems:
        problem = f"the program does not fit {fit.board.name}: {', '.join(fit.problems)}"
        raise DeviceError("export --board", problem, "use a smaller model, or a board that --boards finds large enough")


def footprint(files: Mapping[str, str], core: Core) -> Footprint:
    """What the decoder of these ``files`` adds to a program that does nothing, with the C library's functions it uses.

    Raises:
        DeviceError: the compiler is missing, or fails.
    """
    check_micro_compiler()
    decoder, stacks = _built({**files, "main.c": _MAIN}, core.flags)
    empty, _ = _built({"main.c": _EMPTY}, core.flags)
    flash, ram = (one - other for one, other in zip(decoder, empty, strict=True))
    return Footprint(flash, ram, sum(sorted(stacks)[-_CALLS:]))


def _built(files: Mapping[str, str], flags: tuple[str, ...]) -> tuple[tuple[int, int], list[int]]:
    """Flash and memory of the linked program, and the stack of each function."""
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as name:
        folder = Path(name)
        write_files(folder, dict(files))
        sources = [one for one in files if one.endswith(".c")]
        call([MICRO, *FLAGS, *flags, *LINKED, "-o", "program.elf", *sources, "-lm"], folder, "build", "update it")
        sizes = call(["arm-none-eabi-size", "program.elf"], folder, "build", "update it").splitlines()[1].split()
        text, data, bss = map(int, sizes[:3])
        reports = [one.read_text(encoding="utf-8") for one in folder.glob("*.su")]
        return (text + data, data + bss), [int(number) for one in reports for number in re.findall(r"\t(\d+)\t", one)]
