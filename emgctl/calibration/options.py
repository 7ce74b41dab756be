"""What a calibration is asked for, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.calibration.history import Entry
from emgctl.calibration.session import PromptDisplay, SessionObserver
from emgctl.errors import UsageError
from emgctl.support.preconditions import Progress, no_progress


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """What to calibrate; None is the default of the decoder's kind.

    ``quick`` and ``sync`` are of the population model; ``unwanted`` movements, and ``casual`` ones, are recorded with
    ``quick`` to be ignored; ``learn_from`` are recordings of use, and ``arm`` is the one that wears the
    armband, "right" or "left". ``recorded`` is a labeled recording of today in the history's folder, from which a
    ``refresh`` or ``sync`` learns instead of prompting. ``hand`` is the protocol of a new profile's bionic hand, and
    its port after a colon.
    Of poses only ``repetitions``, ``seconds`` and ``preprocess`` can be chosen; ``seconds`` is of poses only.
    """

    gestures: tuple[str, ...] | None = None
    rest: str | None = None
    decoder: str | None = None
    repetitions: int | None = None
    seconds: float | None = None
    hold_s: float | None = None
    rest_s: float | None = None
    false_activations_per_minute: float | None = None
    model: str | None = None
    preprocess: str = ""
    use_earlier: bool | None = None
    refresh: bool | None = None
    drop: tuple[str, ...] | None = None
    quick: bool | None = None
    sync: bool | None = None
    unwanted: tuple[str, ...] | None = None
    casual: bool | None = None
    learn_from: tuple[Path, ...] | None = None
    arm: str | None = None
    recorded: Path | None = None
    hand: str = ""

    def given(self, names: Sequence[str]) -> list[str]:
        """Those of the options that were given."""
        values = {name: getattr(self, name) for name in names}
        return [name for name, value in values.items() if value is not None and value is not False and value != ""]

    def refuse(self, names: Sequence[str], ui: CalibrationUI, why: str) -> None:
        """Refuse these options where they were given.

        Raises:
            UsageError: one was; ``why`` follows its name.
        """
        for name in self.given(names):
            raise UsageError(f"{ui.name(name)} {why}")


@dataclass(frozen=True, slots=True)
class CalibrationUI:
    """Who shows the prompts and the progress; ``named`` is what the user calls an option, where not by its own name.

    ``observer`` sees the signal, and may begin later or have steps made again.
    """

    prompts: Callable[[], AbstractContextManager[PromptDisplay]]
    notify: Callable[[str], None]
    progress: Progress = no_progress
    named: Mapping[str, str] | None = None
    observer: SessionObserver | None = None

    def name(self, option: str) -> str:
        """What the user calls an option."""
        return (self.named or {}).get(option, option)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A finished calibration: its history's ``entry``, the ``model`` file, and sentences of ``advice`` for the person.

    ``figures`` are those of the test on what the model had not seen, as ``emgctl train --json`` writes them; of a
    decoder of muscles, what was measured of each. With
    ``replaced`` False, a refreshed model was worse than the one in use: that stays, and ``entry`` is its. ``before`` is
    the balanced accuracy of the model in use on the same, where a refresh or an update could compare it.
    """

    entry: Entry
    model: Path
    advice: tuple[str, ...]
    figures: dict[str, Any]
    replaced: bool = True
    before: float | None = None
