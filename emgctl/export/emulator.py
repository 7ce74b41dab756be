"""Runs a program on a microcontroller that QEMU emulates, and counts its instructions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from emgctl.export.boards import Core, Machine
from emgctl.export.compiler import MICRO, call
from emgctl.export.targets import source, write_files

EMULATOR = "qemu-system-arm"
ELF = "program.elf"
LARGEST = 3_900_000
"""Bytes of flash and of memory that a program may take on the emulated machines."""
START = ("mps2/startup.c", "mps2/mps2.ld", "mps2/ticks.h")
COUNT = "mps2/count.c"
FLAGS = (
    "-mthumb", "-std=gnu99", "-O2", "-I.", "-Imps2", "--specs=rdimon.specs", "-nostartfiles", "-Tmps2/mps2.ld",
    "-Wl,--no-warn-rwx-segments",
)  # fmt: skip
BY_INSTRUCTION = "shift=0"  # each takes a nanosecond of the machine's time
_UPDATE = "update it"


def installed() -> bool:
    """Whether the emulator is there."""
    return shutil.which(EMULATOR) is not None


def instructions(files: Mapping[str, str], core: Core) -> int:
    """How many instructions a window takes at most on an emulated core, with the sample that completes it.

    Raises:
        DeviceError: the compiler or the emulator fails.
    """
    assert core.machine is not None  # noqa: S101 - the caller chose such a core
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as name:
        folder = Path(name)
        build(folder, {**files, COUNT: source(COUNT)}, core)
        return counted(core.machine, int(play(folder, core.machine)))


def build(folder: Path, files: Mapping[str, str], core: Core) -> None:
    """Compile the C files, of which one has a main function, into ``folder``/``ELF`` for an emulated core.

    Raises:
        DeviceError: the compiler fails.
    """
    machine = core.machine
    assert machine is not None  # noqa: S101 - the caller chose such a core
    whole = {**files, **{name: source(name) for name in START}}
    write_files(folder, whole)
    places = [f"-Wl,--defsym=FLASH_AT={machine.flash_at}", f"-Wl,--defsym=RAM_AT={machine.ram_at}"]
    sources = [one for one in whole if one.endswith(".c")]
    call([MICRO, *places, *FLAGS, *core.flags, "-o", ELF, *sources, "-lm"], folder, "build", _UPDATE)


def play(folder: Path, machine: Machine, clock: str = BY_INSTRUCTION) -> str:
    """What the program of ``folder`` prints; it has the files there by semihosting. ``clock`` is QEMU's ``-icount``.

    Raises:
        DeviceError: the emulator or the program fails.
    """
    semihosting = ("-semihosting-config", "enable=on,target=native")
    command = [EMULATOR, "-M", machine.name, "-nographic", "-icount", clock, *semihosting, "-kernel", ELF]
    return call(command, folder, "run", _UPDATE)


def counted(machine: Machine, ticks: int) -> int:
    """How many instructions were done in so many ticks of an emulated SysTick."""
    return ticks * 1000 // machine.clock_mhz
