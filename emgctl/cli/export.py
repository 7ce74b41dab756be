"""``emgctl export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emgctl.export.footprint import Fit
    from emgctl.export.targets import Target


@click.command()
@click.argument("path", metavar="PROFILE|MODEL", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Choice(["c", "arduino", "native"]),
    help="C sources, a library for the Arduino IDE, or a program for this computer.",
)
@click.option("--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder to write.")
@click.option("--boards", is_flag=True, help="Also compile for microcontrollers, and print which it fits.")
@click.option("--board", "board_name", metavar="NAME", help="Write nothing if the program does not fit this board.")
def export(path: Path, target: Target, out: Path, boards: bool, board_name: str | None) -> None:
    """Write a profile's decoder as a small C program that decodes alone.

    PROFILE is a profile (YAML); of a MODEL (ONNX), a new profile's thresholds are used. The program makes the same
    decisions as emgctl run: filters, windows, network, smoothing, thresholds, and the wait for rest. It needs no memory
    but its own, no emgctl and no operating system. The mapping and the outputs stay in the profile.

    \b
    Examples:
      emgctl export alice.yaml --to native --out alice
      alice/emg-decode < samples.txt
      emgctl export alice.yaml --to arduino --out EmgDecoder --boards
    """
    from emgctl.errors import FileError
    from emgctl.export.boards import board_named
    from emgctl.export.compiler import check_micro_compiler
    from emgctl.export.footprint import check_fit, fits
    from emgctl.export.native import PROGRAM, compile_program, find_compiler, write_program
    from emgctl.export.network import check_generator, generate
    from emgctl.export.program import read_program
    from emgctl.export.targets import decoder_files, target_files, write_files
    from emgctl.registry import Registry

    if out.exists() and not out.is_dir():
        raise FileError(out, "is not a folder", remedy="name another folder with --out")
    compiler = find_compiler() if target == "native" else ""
    board = board_named(board_name) if board_name is not None else None
    if boards or board:
        check_micro_compiler()
    check_generator()
    program = read_program(path, Registry())
    network = generate(program.model.path)
    files = target_files(program, network, target)
    chosen = () if boards or board is None else (board,)
    fitting = list(fits(decoder_files(program, network), chosen)) if boards or board else []
    for fit in fitting:
        if fit.board is board:
            check_fit(fit)
    compiled = compile_program(compiler, files) if compiler else b""
    write_files(out, files)
    if compiled:
        write_program(out / PROGRAM, compiled)
    signal = program.spec.signal
    click.echo(
        f"{len(program.states)} labels of {signal.channels} channels at {signal.rate_hz:g} Hz, "
        f"{network.multiply_adds} multiply-adds a window"
    )
    click.echo(f"wrote {out / PROGRAM if compiled else out}")
    if fitting:
        _print_boards(fitting)


def _print_boards(fitting: list[Fit]) -> None:
    from emgctl.export.emulator import EMULATOR, installed

    for one in fitting:
        board, found = one.board, one.footprint
        verdict = f"no: {', '.join(one.problems)}" if one.problems else "yes"
        estimated = "" if found is None or board.core.flags else " (estimated)"
        sizes = f"; {found.flash} bytes of flash, {found.ram} of memory, {found.stack} of stack" if found else ""
        count = one.instructions
        time = f"; {count} instructions a window, {count / 1000 / board.mhz:.1f} ms at {board.mhz} MHz" if count else ""
        click.echo(f"{board.name}, {board.core.name}: {verdict}{estimated}{sizes}{time}")
    if not installed():
        click.echo(f"install {EMULATOR} to count the instructions of a window (Debian: apt install qemu-system-arm)")
