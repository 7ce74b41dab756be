"""What the page 'Calibrate' asks for: what can be calibrated, and starting and leading a calibration."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emgctl.calibration.calibrated_profile import MUSCLES
from emgctl.calibration.history import History
from emgctl.calibration.muscles import usual_muscles
from emgctl.errors import EmgctlError, FileError, ProfileError, UsageError
from emgctl.plugin import Input
from emgctl.profile.load import Profile, load_profile
from emgctl.profile.template import starter
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl.studio.calibration_process import decoder_of, options_of
from emgctl.studio.conductor import NO_OUTPUTS, Conductor
from emgctl.studio.folder import Folder, combinations
from emgctl.studio.given import text, texts
from emgctl.studio.readiness import calibration_kinds

_NAME = re.compile(r"\w[\w.-]{0,59}")
_MOST_REPETITIONS = 20
_ARMS = ("right", "left")
Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class Calibrations:
    """The handlers; each takes and returns JSON, and reports a problem in a sentence."""

    def __init__(self, folder: Folder, conductor: Conductor, registry: Registry) -> None:
        self._folder, self._conductor, self._registry = folder, conductor, registry

    def handlers(self) -> list[tuple[str, Handler]]:
        """Each handler with its address."""
        return [
            ("calibration/choices", self.choices),
            ("calibration/gestures", self.gestures),
            ("calibration/start", self.start),
            ("calibration/begin", self.begin),
            ("calibration/again", self.again),
            ("try", self.try_out),
        ]

    async def choices(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Profiles with the kinds of calibration that each can have, the kinds of inputs, and recordings."""
        known = await asyncio.to_thread(self._folder.profiles, self._registry)
        profiles = await asyncio.to_thread(self._profiles, known)
        recordings = await asyncio.to_thread(self._folder.recordings)
        return {
            "profiles": profiles,
            "combinations": combinations(known),
            "inputs": sorted(self._registry.all("input")),
            "recordings": [one["name"] for one in recordings],
        }

    async def gestures(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of these ``names`` those that the person in front of the input can make, and what else a recording has.

        A living person can make all of them. ``channels`` is None where only opening the device would show it.
        """
        names = texts(given, "names")
        if given.get("input"):
            path = self._new_path(given)
            source = self._new_profile(path, text(given, "input"), names[:1]).input
        else:
            source = load_profile(self._folder.file(text(given, "profile")), self._registry).input
        return await asyncio.to_thread(_can_make, source, names)

    async def start(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Start a calibration; the first prompt waits for :meth:`begin`."""
        kind, name = text(given, "kind"), text(given, "profile")
        repetitions, arm = given.get("repetitions"), given.get("arm")
        if repetitions is not None and (type(repetitions) is not int or not 1 <= repetitions <= _MOST_REPETITIONS):
            raise UsageError(f"repetitions go from 1 to {_MOST_REPETITIONS}")
        if arm is not None and arm not in _ARMS:
            raise UsageError("the arm is 'right' or 'left'")
        request = {
            "kind": kind,
            "gestures": texts(given, "gestures"),
            "unwanted": texts(given, "unwanted"),
            "casual": given.get("casual") is True,
            "repetitions": repetitions,
            "arm": arm,
        }
        options = options_of(request)
        if given.get("input"):
            path = self._new_path(given)
            if path.exists():
                raise UsageError(f"{path.name} exists already; choose another name, or choose it as the profile")
            self._new_profile(path, text(given, "input"), options.gestures or (), decoder_of(kind))
            name, request["input"] = path.name, text(given, "input")
        else:
            path = self._folder.file(name)
            load_profile(path, self._registry)
        self._conductor.calibrate(name, request | {"profile": str(path), "name": name})
        return {"profile": name}

    async def begin(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let the first prompt come."""
        self._conductor.tell_calibration({"type": "begin"})
        return {}

    async def again(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have a step made again."""
        if type(number := given.get("number")) is not int:
            raise UsageError("the request has no 'number'")
        self._conductor.tell_calibration({"type": "again", "number": number})
        return {}

    async def try_out(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a profile without its outputs: what it would drive is shown only."""
        name = text(given, "profile")
        path = self._folder.file(name)
        await asyncio.to_thread(load_profile, path, self._registry)
        self._conductor.start(name, path, NO_OUTPUTS)
        return {"running": name}

    def _new_path(self, given: Mapping[str, Any]) -> Path:
        """Where a new profile of this name is to lie: in the folder itself."""
        name = text(given, "profile").strip().removesuffix(".yaml")
        if not _NAME.fullmatch(name) or name.endswith("."):
            raise UsageError("a profile's name has letters, digits and the characters _ . -, without spaces")
        if not self._folder.path.is_dir():
            raise FileError(self._folder.path, "is not there any more", remedy="make the folder again")
        return self._folder.path.resolve() / f"{name}.yaml"

    def _new_profile(self, path: Path, source: str, gestures: Sequence[str], decoder: str = "classifier") -> Profile:
        """The profile that would be begun, checked; a recording has to lie in the folder."""
        kind, _, argument = source.partition(":")
        if kind == "replay":
            self._folder.file(argument)
        try:
            return load_profile(path, self._registry, text=starter(path, source, self._registry, decoder, gestures))
        except ProfileError as error:  # of a file that does not exist yet: its lines mean nothing to the person
            problems = [one.removeprefix(f"{path}:").partition(": ")[2] for one in error.problems]
            raise UsageError("; ".join(problems)) from error

    def _profiles(self, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for one in known:
            if one["problem"] or one.get("inputs"):
                continue
            path = self._folder.file(one["name"])
            try:
                kinds, last = calibration_kinds(path, load_profile(path, self._registry))
            except EmgctlError:
                continue  # edited this moment: the page Home shows what is wrong
            described = {key: one[key] for key in ("name", "user", "input", "decoder")}
            gestures = usual_muscles(History(path)) if MUSCLES in kinds else one["gestures"]
            found.append(described | {"kinds": kinds, "last": last, "gestures": list(gestures)})
        return found


def _can_make(source: Input, names: list[str]) -> dict[str, Any]:
    if source.live:
        return {"can": names, "only": False, "channels": None}
    signal = source.open()
    try:
        can = []
        for name in names:
            try:
                source.check_cue(name)
            except EmgctlError:
                continue
            can.append(name)
    finally:
        source.close()
    if file := getattr(source.options, "path", None):
        labels = dict.fromkeys(label for one in read_dataset(str(file)) for label in one.label_names)
        can += [label for label in labels if label not in can]
    return {"can": can, "only": True, "channels": signal.channels}
