"""Boards that a program may be meant for: their clock and memory, from their makers' data sheets."""

from __future__ import annotations

from dataclasses import dataclass

from emgctl.errors import UsageError, quoted


@dataclass(frozen=True, slots=True)
class Machine:
    """A board that QEMU emulates: its name there, SysTick's clock, and where program and memory are."""

    name: str
    clock_mhz: int
    flash_at: int
    ram_at: int


@dataclass(frozen=True, slots=True)
class Core:
    """A processor: what its compiler is called with, and the ``machine`` that emulates it, if one does."""

    name: str
    flags: tuple[str, ...] = ()
    machine: Machine | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A kind of board, with its clock; ``flash`` and ``ram`` are in bytes.

    No program is compiled for a core without flags: its sizes are estimated from those of a Cortex-M4F, whose code is
    about as dense. ``refused`` is why it can run none of these programs, "" if it may.
    """

    name: str
    core: Core
    mhz: int
    flash: int
    ram: int
    refused: str = ""


KIB = 1024
HARD = "-mfloat-abi=hard"
M0 = Core("Cortex-M0+", ("-mcpu=cortex-m0plus",))
M4F = Core("Cortex-M4F", ("-mcpu=cortex-m4", HARD, "-mfpu=fpv4-sp-d16"), Machine("mps2-an386", 25, 0, 0x2000_0000))
M7 = Core("Cortex-M7", ("-mcpu=cortex-m7", HARD, "-mfpu=fpv5-d16"), Machine("mps2-an500", 25, 0, 0x2000_0000))
M33 = Core(
    "Cortex-M33", ("-mcpu=cortex-m33", HARD, "-mfpu=fpv5-sp-d16"), Machine("mps2-an505", 20, 0x1000_0000, 0x3800_0000)
)
BOARDS = (
    Board("Arduino Zero (SAMD21)", M0, 48, 256 * KIB, 32 * KIB),
    Board("Raspberry Pi Pico (RP2040)", M0, 133, 2048 * KIB, 264 * KIB),
    Board("Arduino Nano 33 BLE (nRF52840)", M4F, 64, 1024 * KIB, 256 * KIB),
    Board("Raspberry Pi Pico 2 (RP2350)", M33, 150, 4096 * KIB, 520 * KIB),
    Board("Teensy 4.1 (i.MX RT1062)", M7, 600, 7936 * KIB, 1024 * KIB),
    Board("ESP32", Core("Xtensa LX6"), 240, 4096 * KIB, 320 * KIB),
    Board("Arduino Uno (ATmega328P)", Core("AVR"), 16, 32 * KIB, 2 * KIB,
          refused="its double has 32 bits, so decisions would differ, and a window alone takes most of its 2 KiB"),
)  # fmt: skip


def board_named(name: str) -> Board:
    """The board whose name has these words in it, in any case: "pico 2" is enough.

    Raises:
        UsageError: none has, or several have.
    """
    words = name.casefold()
    found = [one for one in BOARDS if words in one.name.casefold()]
    whole = [one for one in found if one.name.casefold().partition(" (")[0].endswith(words)]
    if len(whole or found) == 1:
        return (whole or found)[0]
    if found:
        names = ", ".join(f"'{one.name}'" for one in found)
        raise UsageError(f"--board: '{quoted(name)}' may mean {names}")
    raise UsageError(f"--board: there is no board '{quoted(name)}'; known: {', '.join(one.name for one in BOARDS)}")
