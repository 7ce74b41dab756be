"""Boards that a program may be meant for: how much memory each has, from its maker's data sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Board:
    """A kind of board: what its compiler is called with, ``flash`` and ``ram`` in bytes.

    Without ``flags`` no program is compiled for it: its sizes are estimated from those of a Cortex-M4F, whose code is
    about as dense. ``refused`` is why it can run none of these programs, "" if it may.
    """

    name: str
    core: str
    flash: int
    ram: int
    flags: tuple[str, ...] = ()
    refused: str = ""


KIB = 1024
M4F = ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
BOARDS = (
    Board("Arduino Zero (SAMD21)", "Cortex-M0+", 256 * KIB, 32 * KIB, ("-mcpu=cortex-m0plus",)),
    Board("Raspberry Pi Pico (RP2040)", "Cortex-M0+", 2048 * KIB, 264 * KIB, ("-mcpu=cortex-m0plus",)),
    Board("Arduino Nano 33 BLE (nRF52840)", "Cortex-M4F", 1024 * KIB, 256 * KIB, M4F),
    Board("Raspberry Pi Pico 2 (RP2350)", "Cortex-M33", 4096 * KIB, 520 * KIB, (
        "-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16")),
    Board("Teensy 4.1 (i.MX RT1062)", "Cortex-M7", 7936 * KIB, 1024 * KIB, (
        "-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16")),
    Board("ESP32", "Xtensa LX6", 4096 * KIB, 320 * KIB),
    Board("Arduino Uno (ATmega328P)", "AVR", 32 * KIB, 2 * KIB,
          refused="its double has 32 bits, so decisions would differ, and a window alone takes most of its 2 KiB"),
)  # fmt: skip
