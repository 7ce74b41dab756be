"""The boards of BrainFlow or its fork: finding one by its name, and what its description states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emgctl.errors import DeviceError, did_you_mean, quoted
from emgctl.recording.units import to_microvolts
from emgctl.types import Signal

STANDING_IN = ("PLAYBACK_FILE_BOARD", "STREAMING_BOARD")
"""Boards that send what another one sent, their master board, and have its description."""

_IN_COUNTS = frozenset(("GFORCE_PRO_BOARD", "GFORCE_DUAL_BOARD"))
"""Boards whose samples are counts of a converter; BrainFlow gives all others in microvolts (its User API page)."""

_GANGLIONS = frozenset(("GANGLION_BOARD", "GANGLION_NATIVE_BOARD"))


@dataclass(frozen=True, slots=True)
class Board:
    """A board and its description: which rows have the EMG, the package number and the time; None if none has it."""

    id: int
    name: str
    described_as: str
    rows: tuple[int, ...]
    rate_hz: float
    names: tuple[str, ...]
    numbers: int | None
    stamps: int | None
    battery: int | None

    def signal(self, unit: str | None) -> tuple[Signal, float]:
        """What it sends, and the factor to that unit; ``unit`` overrides the board's."""
        named, factor = to_microvolts(unit or ("count" if self.described_as in _IN_COUNTS else "uV"))
        return Signal(len(self.rows), self.rate_hz, named, names=self.names), factor

    @property
    def fold(self) -> int:
        """The highest package number of a Ganglion's first range; its numbers are 1 to 100, or 101 to 200."""
        return 100 if self.described_as in _GANGLIONS else 0


def find_board(where: str, module: Any, board: int | str, master: int | str | None) -> Board:
    """The board of this name or number, with the description of its ``master`` if it stands in for one.

    Raises:
        DeviceError: there is no such board, or it has no EMG channels.
    """
    found = _member(where, module, board)
    if found.name not in STANDING_IN:
        return _described(where, module, found, found)
    if master is None:
        raise DeviceError(
            f"{where} {_short(found)}", "stands in for another board", "set 'master_board' to that board's name"
        )
    return _described(where, module, found, _member(where, module, master))


def _described(where: str, module: Any, board: Any, master: Any) -> Board:
    fields = _description(module, master)
    rows = tuple(fields.get("emg_channels", ()))
    if not rows:
        raise DeviceError(f"{where} {_short(master)}", "has no EMG channels", f"use one of: {_all(module)}")
    stated = tuple(fields["emg_names"].split(",")) if "emg_names" in fields else ()
    names = stated if len(stated) == len(rows) else tuple(f"EMG {number}" for number in range(1, len(rows) + 1))
    places = (fields.get(key) for key in ("package_num_channel", "timestamp_channel", "battery_channel"))
    return Board(int(board), _short(board), master.name, rows, float(fields["sampling_rate"]), names, *places)


def _member(where: str, module: Any, board: int | str) -> Any:
    wanted = str(board).strip()
    names: dict[str, Any] = {}
    for one in module.BoardIds:
        if one.name != "NO_BOARD":
            names |= {_plain(one.name): one, _plain(_short(one)): one, str(int(one)): one}
    for one in dict.fromkeys(names.values()):
        names.setdefault(_plain(_description(module, one).get("name", one.name)), one)
    found = names.get(_plain(wanted), names.get(wanted))
    if found is None:
        known = [_short(one) for one in dict.fromkeys(names.values()) if _usable(module, one)]
        near = did_you_mean(wanted.casefold(), known).removeprefix("; ")
        raise DeviceError(where, f"there is no board '{quoted(wanted)}'", near)
    return found


def _description(module: Any, board: Any) -> dict[str, Any]:
    """The board's description; nothing for one that has no usual data."""
    try:
        return dict(module.BoardShim.get_board_descr(board.value))
    except Exception:  # the library's own class of error
        return {}


def _usable(module: Any, board: Any) -> bool:
    return board.name in STANDING_IN or bool(_description(module, board).get("emg_channels"))


def _all(module: Any) -> str:
    return ", ".join(_short(one) for one in module.BoardIds if _usable(module, one))


def _short(board: Any) -> str:
    """The board's name as a person would write it."""
    return str(board.name.removeprefix("MINDROVE_").removesuffix("_BOARD").lower())


def _plain(name: str) -> str:
    """Only the letters and digits of a name, so that CytonDaisy is cyton_daisy; "" for a negative number."""
    text = name.casefold()
    return "" if text.startswith("-") else "".join(one for one in text if one.isalnum())
