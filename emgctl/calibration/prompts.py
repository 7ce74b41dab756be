"""The prompts of a calibration, on a terminal or line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from emgctl.calibration.pose_protocol import PoseStep
from emgctl.calibration.protocol import Prompt
from emgctl.calibration.session import PromptDisplay

if TYPE_CHECKING:
    from rich.live import Live

BAR = 40
# a hand from the front, by the fingers that are stretched: little, ring, middle, index, thumb
_FINGERS = {"rest": "     ", "fist": "     ", "open": "|||||", "point": "   | ", "pinch": "|||  ", "thumbs_up": "    |"}


class PlainPrompts:
    """One printed line for each step, where there is no terminal."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def step(self, number: int, steps: Sequence[Prompt]) -> None:
        """Print the gesture, its duration and how to make it."""
        one = steps[number]
        click.echo(f"{number + 1}/{len(steps)} {one.label} for {one.seconds:g} s {one.how}".rstrip(), err=True)

    def tell(self, left_s: float, level: float) -> None:
        """Nothing: a line for each block would be too many."""

    def warn(self, troubles: Sequence[str]) -> None:
        """Print the warnings that are new."""
        for trouble in troubles:
            if (what := trouble.partition(":")[0].partition(" (")[0].partition(" in ")[0]) not in self._warned:
                self._warned.add(what)
                click.echo(f"emgctl: warning: {trouble}", err=True)


class TerminalPrompts:
    """The gesture, how it looks, how long it still lasts, what comes next, and how hard the muscles work."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._number, self._largest, self._level = 0, 1e-6, 0.0
        self._steps: Sequence[Prompt] = ()
        self._troubles: Sequence[str] = ()

    def step(self, number: int, steps: Sequence[Prompt]) -> None:
        """Show a step from its beginning."""
        self._number, self._steps = number, steps
        self.tell(steps[number].seconds, self._level)

    def tell(self, left_s: float, level: float) -> None:
        """Redraw with the time left and the muscles' level."""
        from rich.console import Group
        from rich.text import Text

        one = self._steps[self._number]
        following = _following(self._number, self._steps)
        self._level = 0.7 * self._level + 0.3 * level
        self._largest = max(self._largest, self._level)
        moves = one.out_s > 0 if isinstance(one, PoseStep) else bool(one.how)
        full = round(BAR * self._level / self._largest)
        done = round(BAR * (1 - left_s / one.seconds))
        self._live.update(
            Group(
                Text(f"{self._number + 1}/{len(self._steps)}  then {following}", "dim"),
                Text(f"{one.label.upper()}  {one.how}", "bold green" if moves else "bold"),
                *(Text(row) for row in (bars(one, left_s) if isinstance(one, PoseStep) else picture(one.label))),
                Text(f"time   {'#' * done}{'.' * (BAR - done)} {left_s:4.1f} s"),
                Text(f"muscle {'#' * full}{'.' * (BAR - full)}"),
                *(Text(f"! {trouble}", "yellow") for trouble in self._troubles),
            )
        )

    def warn(self, troubles: Sequence[str]) -> None:
        """Keep it in sight until the next step has ended."""
        self._troubles = troubles


def picture(label: str) -> list[str]:
    """A gesture drawn in text; nothing for one that is not known."""
    fingers = _FINGERS.get(label.casefold().replace(" ", "_"))
    if fingers is None:
        return []
    return [f"   {fingers[:4]}", f"   {fingers[:4]} {'/' if fingers[4] != ' ' else ''}", "  (    )", "   \\__/"]


def bars(step: PoseStep, left_s: float) -> list[str]:
    """How far each finger of the drawn hand is bent at this time before the step's end, to follow it."""
    import numpy as np

    from emgctl.handmodel.closure import closures
    from emgctl.handmodel.joints import JOINTS

    angles = step.angles(np.array([step.seconds - left_s]))[0]
    rows = []
    for finger, share in closures(JOINTS, angles).items():
        full = round(BAR * share)
        rows.append(f"{finger:6} {'=' * full}{'.' * (BAR - full)}")
    return rows


def _following(number: int, steps: Sequence[Prompt]) -> str:
    """What comes next; of poses the next movement."""
    later = [step.label for step in steps[number + 1 :] if not (isinstance(step, PoseStep) and not step.out_s)]
    return later[0] if later else "the end"


@contextmanager
def prompts() -> Iterator[PromptDisplay]:
    """Prompts for a terminal, or plain lines where there is none."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainPrompts()
        return
    with Live(console=console, refresh_per_second=15, transient=True) as live:
        yield TerminalPrompts(live)
