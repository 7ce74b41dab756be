"""Output ``console``."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from emgctl.errors import DeviceError, quoted
from emgctl.handmodel.closure import closures
from emgctl.plugin import Options, Output, RunContext
from emgctl.stats import OutputState, ProfileState, RunStats
from emgctl.support.escape_sequences import obeyed
from emgctl.support.pipes import reader_left
from emgctl.support.unbuffered import unbuffered
from emgctl.types import Command, Gesture, Pose, Prediction

if TYPE_CHECKING:
    from rich.console import Console as Terminal
    from rich.text import Text

UPDATE_S = 0.1  # a person can't read faster, and a terminal may be far away
REFRESH_S = 0.5  # without commands, so that a lost output and a falling rate are seen
BAR = 10
FULL, EMPTY, STEPS, BAD, GOOD = "█", "·", "▁▂▃▄▅▆▇█", "✗", "✓"  # what can't be encoded is replaced: PLAIN
BENT, STRAIGHT = 0.55, 0.4  # from where on a finger counts as bent, and as straight again


class ConsoleOptions(Options):
    """``colour`` on a terminal, unless NO_COLOR is set (https://no-color.org)."""

    colour: bool = True


class Console(Output):
    """A live line on a terminal, a line for each change elsewhere."""

    kind = "console"
    slow = True  # a terminal that was stopped by Ctrl-S must not stop the hand
    Options = ConsoleOptions
    options: ConsoleOptions
    _context: RunContext
    _write: Callable[[str], object] | None = None
    _terminal: Terminal | None = None
    _shown: tuple[str, str, tuple[str, ...]] | None = None

    @property
    def resend_s(self) -> float:
        """How often it refreshes without a command."""
        return REFRESH_S

    def open(self, context: RunContext) -> None:
        """Prepare a live line on a terminal, plain lines elsewhere."""
        if sys.stdout is None:
            raise DeviceError("console", "there is no standard output", "leave this output out")
        self._write = unbuffered(sys.stdout)
        self._terminal = _terminal(self.options.colour) if sys.stdout.isatty() and obeyed() else None
        self._context, self._rate = context, _Rate(context.stats.samples)
        self._missing: dict[str, OutputState] = {}
        self._doing: dict[str, str] = {}
        self._profile = ProfileState()
        self._shown, self._since = None, ""
        self._bent: tuple[str, ...] = ()
        self._next_s = 0.0

    def send(self, command: Command) -> None:
        """Show the command, if anything visible has changed."""
        reason = command.reason
        if self._shown is None or reason != self._shown[1]:
            self._since = f"{datetime.now():%H:%M:%S}"
        what = (self._decided(command), reason, _controls(command))
        changed = what != self._shown
        self._shown = what
        now_s = time.perf_counter()
        if not changed and now_s < self._next_s:
            return
        self._next_s = now_s + UPDATE_S
        stats = self._context.stats
        news = list(self._news(stats))
        doing = {one.name: one.doing for one in stats.output_states() if one.doing}
        changed, self._doing = changed or doing != self._doing, doing
        if self._terminal is None:
            if changed:
                self._print(self._plain(command) + "\n")
            for text, _ in news:
                self._print(f"{command.time_s:8.2f} s  {text}\n")
            return
        for text, is_good in news:  # above the live line, where it stays readable
            drawn = self._drawn(self._text(text, "green" if is_good else "bold red"), wraps=True)
            self._print(f"\r\x1b[K{drawn}\n")
        line = self._line(command, stats)
        line.truncate(self._terminal.width - 1, overflow="ellipsis")
        # the cursor waits at the line's start, so that another program's message replaces the line
        self._print(f"\r\x1b[K{self._drawn(line)}\r")

    def _news(self, stats: RunStats) -> Iterator[tuple[str, bool]]:
        """What happened to outputs and to the profile since the last call, each in a sentence, and whether it is good.

        On a terminal, the run itself prints what happened to the profile.
        """
        missing_before, self._missing = self._missing, {}
        for one in stats.output_states():
            before = missing_before.get(one.name)
            if not one.is_there:
                self._missing[one.name] = one
            if one.state != before.state if before is not None else not one.is_there:
                mark, remedy = (GOOD, "") if one.is_there else (BAD, f"; {one.remedy}")
                yield f"{mark} {one}{remedy}", one.is_there
        before_profile, self._profile = self._profile, stats.profile
        if stats.profile != before_profile and (text := str(stats.profile)) and self._terminal is None:
            is_good = stats.profile.state != "refused"
            yield f"{GOOD if is_good else BAD} {text}", is_good

    def close(self) -> None:
        """End the live line, so that it stays visible."""
        if self._terminal is not None and self._shown is not None:
            self._print("\n")
        self._terminal = self._shown = None

    def _print(self, text: str) -> None:
        if self._write is not None:
            try:
                self._write(text)
            except OSError as error:
                if not reader_left(error):
                    raise
                self._write = None  # the run continues

    def _line(self, command: Command, stats: RunStats) -> Text:
        line, decided = self._text("", ""), command.prediction
        if command.reason:  # first, where even a narrow terminal shows it
            line.append(f"neutral: {quoted(command.reason)}", "bold yellow")
            line.append(f" since {self._since}  ")
        for one in self._missing.values():
            line.append(f"{BAD} {one}  ", "bold red")
        if self._profile.state != "in effect":
            refused = self._profile.state == "refused"
            line.append(f"{BAD if refused else '...'} {self._profile}  ", "bold red" if refused else "yellow")
        if command.inputs:
            line.append(f"{self._plain_decision(command)}  ", "" if command.reason else "bold green")
        elif decided is not None:
            full = round(BAR * min(max(decided.intensity, 0.0), 1.0))
            what = quoted(decided.label) if isinstance(decided, Gesture) else self._fingers(decided)
            line.append(f"{what:12} ", "" if command.reason else "bold green")
            line.append(f"{decided.confidence:4.0%} {FULL * full}{EMPTY * (BAR - full)}  ")
        if driven := self._driven(command):
            line.append(f"{driven}  ")
        if command.joints:
            line.append(f"{len(command.joints)} joints  ")
        for telemetry in stats.telemetry.values():
            line.append(self._bars(telemetry))
            if telemetry["note"]:
                line.append(f"{quoted(telemetry['note'])}  ", "bold red")
        rate_hz = self._rate.hz(stats.samples)
        if not math.isnan(rate_hz):
            line.append(f"{rate_hz:.0f} Hz  ")
        latency_us = stats.latency_us
        if latency_us.p50 is not None and latency_us.p99 is not None:
            line.append(f"latency p50 {latency_us.p50 / 1e3:.2f} p99 {latency_us.p99 / 1e3:.2f} ms  ")
        line.append(f"{stats.gaps} gaps  ", "yellow" if stats.gaps else "")
        line.append(stats.state, "green" if stats.state == "fresh" else "yellow")
        return line

    def _bars(self, telemetry: Mapping[str, float | str | None]) -> str:
        """How far each drive of a hand is closed, a character each; "" if its device reports nothing of the kind."""
        shares = [
            value for name, value in telemetry.items() if name.startswith("closure_") and isinstance(value, float)
        ]
        return f"hand {self._steps(shares)}  " if shares else ""

    def _fingers(self, pose: Pose) -> str:
        """How far each finger is bent, in percent."""
        shares = closures(pose.joints, pose.angles_rad)
        return " ".join(f"{finger} {100 * share:.0f}%" for finger, share in shares.items()) or "pose"

    def _steps(self, shares: Iterable[float]) -> str:
        """A character for each share, the higher the larger."""
        return "".join(STEPS[min(max(int(share * len(STEPS)), 0), len(STEPS) - 1)] for share in shares)

    def _label(self, decided: Prediction | None) -> str:
        """The gesture, or which fingers are bent."""
        if isinstance(decided, Gesture):
            return quoted(decided.label)
        if decided is None:
            return ""
        shares = closures(decided.joints, decided.angles_rad)
        if not shares:
            return "pose"
        self._bent = tuple(
            finger for finger, share in shares.items() if share >= (STRAIGHT if finger in self._bent else BENT)
        )
        if not self._bent:
            return "all fingers straight"
        return f"{'all fingers' if len(self._bent) == len(shares) else ', '.join(self._bent)} bent"

    def _plain(self, command: Command) -> str:
        driven = self._driven(command)
        return f"{command.time_s:8.2f} s  {self._plain_decision(command)}" + (f"  -> {driven}" if driven else "")

    def _plain_decision(self, command: Command) -> str:
        """What was decided, of each input where there are several, and why it is neutral."""
        if command.inputs:
            return "; ".join(f"{quoted(name)}: {self._plain_decision(one)}" for name, one in command.inputs.items())
        decided = command.prediction
        text = "" if decided is None else f"{self._label(decided)} {decided.confidence:.2f}"
        if command.reason:
            text = f"neutral  [{quoted(command.reason)}]" + (f"  decoded {text}" if text else "")
        return text or "neutral"

    def _decided(self, command: Command) -> str:
        """Each input's gesture, or the only one's, with why it is neutral: only a change of it is worth a line."""
        if not command.inputs:
            return self._label(command.prediction)
        return "; ".join(f"{self._label(one.prediction)} {one.reason}" for one in command.inputs.values())

    def _driven(self, command: Command) -> str:
        """The mapping's layer, the buttons and axes that are driven now, and the grips of hands."""
        parts = [f"[{quoted(command.layer)}]"] if command.layer else []
        parts += [quoted(name) for name in sorted(command.buttons)]
        parts += [f"{quoted(name)} {value:+.2f}" for name, value in command.axes.items() if value]
        return " ".join([*parts, *(f"{name}: {what}" for name, what in self._doing.items())])

    def _text(self, text: str, style: str) -> Text:
        from rich.text import Text

        return Text(text, style)

    def _drawn(self, text: Text, wraps: bool = False) -> str:
        """A text as the terminal shows it."""
        assert self._terminal is not None  # noqa: S101 - on a terminal only
        with self._terminal.capture() as drawn:
            self._terminal.print(text, end="", no_wrap=not wraps, soft_wrap=wraps)
        return drawn.get()


def _controls(command: Command) -> tuple[str, ...]:
    """What is driven, whatever the values: only a change of it is worth a line."""
    return (command.layer, *sorted(command.buttons), *sorted(name for name, value in command.axes.items() if value))


class _Rate:
    """The sample rate actually received, over about the last second."""

    def __init__(self, samples: int) -> None:
        self._samples, self._since_s, self._hz = samples, time.perf_counter(), math.nan

    def hz(self, samples: int) -> float:
        """Samples a second, given how many there are now; NaN in the first second."""
        now_s = time.perf_counter()
        if now_s - self._since_s >= 1.0:
            self._hz = (samples - self._samples) / (now_s - self._since_s)
            self._samples, self._since_s = samples, now_s
        return self._hz


def _terminal(colour: bool) -> Terminal:
    from rich.console import Console as Terminal  # 50 ms, for those who have a terminal

    return Terminal(no_color=None if colour else True)
