"""What the page 'Try out' asks for: what can be tested, starting a test, and earlier results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from emgctl.calibration.history import REFRESH, SYNC, History
from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.model_card import OTHER
from emgctl.mapping.action import AxisAction
from emgctl.mapping.axes import Axis, Proportional, Velocity
from emgctl.profile.load import Profile, load_profile
from emgctl.registry import Registry
from emgctl.studio.conductor import NO_OUTPUTS, Conductor
from emgctl.studio.folder import Folder, combinations
from emgctl.studio.game_learning import GameLearning
from emgctl.studio.given import text, texts
from emgctl.studio.readiness import calibration_kinds
from emgctl.studio.tryout import GAME, REACTION, TARGETS
from emgctl.studio.tryout_file import TryOutFile

STARTING_S = 20.0
_MOST_TRIALS, _MOST_TARGETS = 100, 25
_GAME_S, _SHORTEST_GAME_S, _LONGEST_GAME_S = 120, 10, 600
_CONTROLS = ("speed", "position")
Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class TryOuts:
    """The handlers; each takes and returns JSON, and reports a problem in a sentence."""

    def __init__(self, folder: Folder, conductor: Conductor, registry: Registry) -> None:
        self._folder, self._conductor, self._registry = folder, conductor, registry
        self._learning, self._lesson = GameLearning(), dict[str, Any]()
        self._tasks: set[asyncio.Task[None]] = set()
        conductor.on_result = self._take_result

    def handlers(self) -> list[tuple[str, Handler]]:
        """Each handler with its address."""
        return [
            ("tryouts/choices", self.choices),
            ("tryouts/begin", self.begin),
            ("tryouts/end", self.end),
            ("tryouts/results", self.results),
        ]

    async def choices(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Profiles with their gestures and axes, and which of them is running."""
        known = await asyncio.to_thread(self._folder.profiles, self._registry)
        profiles, together = await asyncio.to_thread(self._profiles, known), combinations(known)
        return {
            "profiles": profiles,
            "combinations": together,
            "running": self._conductor.profile if self._conductor.running else "",
        }

    async def begin(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin a test of the run in progress; where nothing runs, of the profile, of which nothing is driven then."""
        name = text(given, "profile")
        path = self._folder.file(name)
        profile = await asyncio.to_thread(load_profile, path, self._registry)
        asked = _asked(given, profile)
        lesson = await asyncio.to_thread(self._lesson_of, name, profile, path) if given.get("learn") is True else {}
        if not self._conductor.running:
            self._conductor.start(name, path, NO_OUTPUTS)
        elif self._conductor.profile != name:
            self._conductor.check_free()
        run = await self._started()
        if asked["test"] != TARGETS:
            asked["gestures"] = _known(asked["gestures"], run)
        self._lesson = lesson
        if lesson:
            asked["record"] = lesson["recorded"]
        self._conductor.live.take({"type": "tryout"})
        self._conductor.tell_run({"type": "tryout"} | asked)
        return {"running": name}

    async def end(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """End the test in progress, without a result; the run goes on."""
        self._conductor.tell_run({"type": "tryout", "test": ""})
        return {}

    async def results(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Earlier results of a profile, the latest last."""
        file = TryOutFile(self._folder.file(text(given, "profile")))
        found = await asyncio.to_thread(file.results)
        return {
            "file": file.path.name,
            "results": [{key: one[key] for key in ("made", "test", "result")} for one in found],
        }

    async def _started(self) -> Mapping[str, Any]:
        """The run's description, once it has begun."""
        live = self._conductor.live
        changed = live.enter()
        try:
            async with asyncio.timeout(STARTING_S):
                while live.run is None and self._conductor.running:
                    await changed.wait()
                    changed.clear()
        except TimeoutError as error:
            raise EmgctlError("the run has not begun yet; try it again when it has") from error
        finally:
            live.leave(changed)
        if live.run is None:
            raise EmgctlError("; ".join(live.messages[-3:]) or "the run ended at once")
        return live.run

    async def close(self) -> None:
        """End what is being learned."""
        await self._learning.stop()

    def _lesson_of(self, name: str, profile: Profile, path: Path) -> dict[str, Any]:
        """How the profile's model is to be refreshed from a game, which begins now.

        Raises:
            UsageError: there is no calibration to refresh, or the former game is still being learned from.
        """
        if self._learning.busy:
            raise UsageError("the model still learns from the game before; begin when that is over")
        if (kind := _refresh_kind(path, profile)) is None:
            raise UsageError(f"{name} can't learn from a game, as its model was not calibrated; calibrate it first")
        history = History(path)
        recorded = history.folder / f"{history.new_name(datetime.now().astimezone())}.h5"
        return {"kind": kind, "profile": str(path), "name": name, "recorded": str(recorded)}

    def _take_result(self, name: str, frame: Mapping[str, Any]) -> None:
        lesson, self._lesson = self._lesson, {}
        self._begin(self._keep(name, frame, lesson if frame.get("recorded") else {}))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, name: str, frame: Mapping[str, Any], lesson: Mapping[str, Any]) -> None:
        """Write a result, show where it is or why it is not, and learn from the game where that is wanted."""
        made = datetime.now().astimezone().isoformat(timespec="seconds")
        try:
            file = TryOutFile(self._folder.file(name))
            await asyncio.to_thread(file.add, made, str(frame["test"]), frame["result"], frame["raw"])
            kept = {"saved": file.path.name}
        except EmgctlError as error:
            kept = {"problem": str(error)}
        if "result" in (self._conductor.live.tryout or {}):  # and no other test has begun
            self._conductor.live.take({**frame, **kept, "made": made})
        if lesson:
            self._learning.start(lesson, partial(self._show_learning, name, made))

    def _show_learning(self, name: str, made: str, news: Mapping[str, Any]) -> None:
        """Show how the learning goes, beside the game's result; a run that drives nothing ends with its model."""
        conductor, live = self._conductor, self._conductor.live
        if (live.tryout or {}).get("made") == made:
            live.take({"type": "tryout", **(live.tryout or {}), "learning": news})
        is_replaced = news["phase"] == "done" and news["result"]["replaced"]
        is_idle = conductor.running and conductor.profile == name and not (conductor.drives or conductor.calibrates)
        if is_replaced and is_idle:
            self._begin(conductor.stop())

    def _profiles(self, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for one in known:
            if one["problem"] or one.get("inputs"):
                continue
            path = Path(self._folder.file(one["name"]))
            try:
                profile = load_profile(path, self._registry)
                ways, learns = axis_ways(profile), _refresh_kind(path, profile) is not None
            except EmgctlError:
                continue  # edited this moment: the page Home shows what is wrong
            axes = [{"name": name, "one_sided": _is_one_sided(way)} for name, way in ways.items()]
            about = {key: one[key] for key in ("name", "user")}
            found.append(about | {"gestures": _gestures(one["gestures"]), "axes": axes, "learns": learns})
        return found


def axis_ways(profile: Profile) -> dict[str, dict[str, str]]:
    """Each axis that the profile's base moves, with the gestures that move it up ("+") and down ("-") while they last.

    Axes that follow the arm, or that stay where they are, are moved in both directions, by no gesture in particular.
    """
    found: dict[str, dict[str, str]] = {}
    for gesture, actions in profile.mapping.items():
        for action in actions:
            if not isinstance(action, AxisAction):
                continue
            ways = found.setdefault(action.axis, {})
            if isinstance(action, Axis | Proportional | Velocity):
                value = {Axis: "value", Proportional: "full", Velocity: "per_s"}[type(action)]
                ways.setdefault("+" if getattr(action, value) > 0 else "-", gesture)
            else:
                ways |= {"": gesture}
    return found


def _refresh_kind(path: Path, profile: Profile) -> str | None:
    """The kind of calibration that refreshes the profile's model; None where there is none to refresh."""
    return next((kind for kind in calibration_kinds(path, profile)[0] if kind in (REFRESH, SYNC)), None)


def _is_one_sided(ways: Mapping[str, str]) -> bool:
    return set(ways) == {"+"}


def _gestures(names: Mapping[str, Any]) -> list[str]:
    return [one for one in names if one not in ("always", OTHER)]


def _asked(given: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The test that a page asks for.

    Raises:
        UsageError: there is no such test, or not with this profile.
    """
    test = text(given, "test")
    if test in (REACTION, GAME):
        gestures = texts(given, "gestures") or _gestures(profile.mapping)
        if test == GAME:
            seconds = _number(given, "seconds", _GAME_S, _LONGEST_GAME_S, _SHORTEST_GAME_S)
            return {"test": test, "gestures": gestures, "seconds": seconds}
        return {"test": test, "gestures": gestures, "trials": _number(given, "trials", 10, _MOST_TRIALS)}
    if test != TARGETS:
        raise UsageError(f"'{test[:40]}' is none of {REACTION}, {TARGETS}, {GAME}")
    axes, known, control = texts(given, "axes"), axis_ways(profile), given.get("control", _CONTROLS[0])
    if not 1 <= len(axes) <= 2 or not set(axes) <= set(known):
        raise UsageError(f"choose one or two axes that the profile moves: {', '.join(known) or 'it moves none'}")
    if control not in _CONTROLS:
        raise UsageError("an axis gives the cursor's 'speed' or its 'position'")
    one_sided = [one for one in axes if _is_one_sided(known[one])]
    if one_sided and (control == "speed" or len(axes) == 2):
        raise UsageError(f"{one_sided[0]} moves in one direction only: choose it alone, for the position")
    targets = _number(given, "targets", 7, _MOST_TARGETS)
    if targets < 3 or targets % 2 == 0:
        raise UsageError(f"the number of targets is odd, from 3 to {_MOST_TARGETS}")
    ways = {one: known[one] for one in axes} if control == "speed" else {}
    return {
        "test": test, "axes": axes, "control": control, "targets": targets, "one_sided": bool(one_sided), "ways": ways,
    }  # fmt: skip


def _known(gestures: list[str], run: Mapping[str, Any]) -> list[str]:
    """The gestures, which are all among those of the run's model."""
    labels = [one for one in run["labels"] if one not in (run["rest"], OTHER)]
    if not labels:
        raise UsageError("this profile decides no gestures, but poses: choose the target test")
    if unknown := [one for one in gestures if one not in labels]:
        raise UsageError(f"the model does not know '{unknown[0]}', only {', '.join(labels)}")
    return gestures or labels


def _number(given: Mapping[str, Any], key: str, usual: int, most: int, least: int = 1) -> int:
    number = given.get(key, usual)
    if type(number) is not int or not least <= number <= most:
        raise UsageError(f"'{key}' goes from {least} to {most}")
    return number
