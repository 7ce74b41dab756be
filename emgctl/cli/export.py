"""``emgctl export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import Number, input_option

if TYPE_CHECKING:
    from emgctl.export.footprint import Fit
    from emgctl.export.targets import Target


@click.command()
@click.argument("path", metavar="PROFILE|MODEL", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    type=click.Choice(["c", "arduino", "native"]),
    help="C sources, a library for the Arduino IDE, or a program for this computer.",
)
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The folder to write.")
@click.option(
    "--int8",
    default="",
    metavar="DATA",
    help="Weights of 8 bits, with the values' ranges of labelled recordings; prints the accuracy that is lost.",
)
@click.option("--boards", is_flag=True, help="Also compile for microcontrollers, and print which it fits.")
@click.option("--board", "board_name", metavar="NAME", help="Write nothing if the program does not fit this board.")
@click.option("--check", "port", metavar="PORT", help="Compare the board on this serial port with a run.")
@click.option("--baud", type=click.IntRange(min=1), default=115200, show_default=True, help="The speed of the port.")
@input_option
@click.option("--seconds", type=Number(min=0, min_open=True), default=20.0, help="How much to compare; by default 20.")
def export(
    path: Path,
    target: Target | None,
    out: Path | None,
    int8: str,
    boards: bool,
    board_name: str | None,
    port: str | None,
    baud: int,
    input_override: str | None,
    seconds: float,
) -> None:
    """Write a profile's decoder as a small C program that decodes alone.

    PROFILE is a profile (YAML); of a MODEL (ONNX), a new profile's thresholds are used. The program makes the same
    decisions as emgctl run: filters, windows, network, smoothing, thresholds, and the wait for rest. It needs no memory
    but its own, no emgctl and no operating system. The mapping and the outputs stay in the profile.

    \b
    Examples:
      emgctl export alice.yaml --to native --out alice
      alice/emg-decode < samples.txt
      emgctl export alice.yaml --to arduino --out EmgDecoder --boards
      emgctl export alice.yaml --to c --out alice-c --int8 alice.h5
      emgctl export alice.yaml --check /dev/ttyACM0 --input replay:session.h5
    """
    from emgctl.errors import UsageError

    if port is not None:
        if target or out:
            raise UsageError("--check compares a board and writes nothing: leave out --to and --out")
        _compare(path, port, baud, input_override, seconds)
    elif target is None or out is None:
        raise UsageError("say what to write and where, --to c|arduino|native --out DIR, or --check PORT")
    elif input_override is not None:
        raise UsageError("--input is what a board is compared with: it needs --check PORT")
    else:
        _write(path, target, out, int8, boards, board_name)


def _write(path: Path, target: Target, out: Path, int8: str, boards: bool, board_name: str | None) -> None:
    from emgctl.cli.export_int8 import TOO_MUCH_POINTS, quantized, sentence
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
    small = quantized(program, int8) if int8 else None
    network = generate(program.model.path, None if small is None else small.model)
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
    signal, joints = program.spec.signal, program.spec.joints
    decided = f"{len(joints)} joints" if joints else f"{len(program.states)} labels"
    click.echo(
        f"{decided} of {signal.channels} channels at {signal.rate_hz:g} Hz, "
        f"{network.multiply_adds} multiply-adds a window"
    )
    if small is not None:
        click.echo(sentence(small), err=small.lost_points >= TOO_MUCH_POINTS)
    click.echo(f"wrote {out / PROGRAM if compiled else out}")
    if fitting:
        _print_boards(fitting)


def _compare(path: Path, port: str, baud: int, input_override: str | None, seconds: float) -> None:
    from emgctl.errors import DeviceError, UsageError
    from emgctl.export.board_link import BoardLink
    from emgctl.export.check import check_card, compare
    from emgctl.export.program import read_program
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry

    if path.suffix == ".onnx":
        raise UsageError("--check compares a board with the run of a profile: name the profile instead of the model")
    registry = Registry()
    program = read_program(path, registry)
    if program.pose is not None:
        raise UsageError("--check compares decisions on gestures, and this profile decodes poses")
    profile = load_profile(path, registry, input_override)
    if "speed" in type(profile.input.options).model_fields:
        profile = load_profile(path, registry, input_override, "max")
    with BoardLink(port, baud) as board:
        check_card(program, board.card(), port)
        with profile.places.naming_files():
            found = compare(profile, program, board, seconds)
    click.echo(
        f"{found.equal} of {found.decisions} decisions equal, probabilities within {found.largest:.1e}, "
        f"{1000 * found.longest_s:.1f} ms for a decision at most"
    )
    if found.first:
        raise DeviceError(f"board on {port}", found.first, "if the profile has changed, export it again and flash it")


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
