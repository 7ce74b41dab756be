"""The forms a program is written in, and its files."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from emgctl import __version__
from emgctl.errors import FileError
from emgctl.export.card import card_text
from emgctl.export.model_source import model_sources
from emgctl.export.network import Network
from emgctl.export.program import Program
from emgctl.support.atomic_write import write_text

Target = Literal["c", "arduino", "native"]
DECODER = ("emg.h", "emg.c", "emg_internal.h", "emg_filter.c")
DECISIONS, POSES = ("emg_postprocess.c", "emg_link.h", "emg_link.c"), ("emg_pose.c",)
MAIN = "main.c"
CARD = "emg_card.json"
SKETCHES = ("Decide", "Check")
_PROPERTIES = f"""name=EmgDecoder
version={__version__}
author=emgctl
maintainer=emgctl
sentence=Decodes surface EMG into gestures or poses on the board.
paragraph=Written by emgctl export from one person's profile.
category=Signal Input/Output
url=https://www.arduino.cc/reference/en/libraries/
architectures=*
includes=emg.h
"""


def source(name: str) -> str:
    """A file of C that is the same in every export."""
    return files("emgctl.export").joinpath("source", name).read_text(encoding="utf-8")


def decoder_files(program: Program, network: Network) -> dict[str, str]:
    """The decoder's files by name: complete, without a main function."""
    names = DECODER + (DECISIONS if program.pose is None else POSES)
    return {name: source(name) for name in names} | model_sources(program) | network.files


def target_files(program: Program, network: Network, target: Target) -> dict[str, str]:
    """The files of a target by their path in the folder."""
    decoder, card = decoder_files(program, network), {CARD: card_text(program) + "\n"}
    if target == "native":
        return decoder | card | {MAIN: source(MAIN)}
    if target == "arduino":
        library = {f"src/{name}": content for name, content in decoder.items()}
        sketches = SKETCHES if program.pose is None else SKETCHES[:1]
        examples = {f"examples/{name}/{name}.ino": source(f"{name}.ino") for name in sketches}
        return {"library.properties": _PROPERTIES} | card | examples | library
    return decoder | card


def write_files(out: Path, files: dict[str, str]) -> None:
    """Write files into the folder ``out``, which is made where it is missing.

    Raises:
        FileError: one can't be written.
    """
    for name, content in files.items():
        path = out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError.from_os(path.parent, "written", error) from error
        write_text(path, content)
