"""What the page 'Recordings' asks for: recordings, their signals, changed copies, and how well a model does on them."""

from __future__ import annotations

import asyncio
import base64
import math
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from emgctl.errors import EmgctlError, FileError, UsageError, quoted
from emgctl.recording.convert import write_recording
from emgctl.recording.formats import FORMATS, write_as
from emgctl.recording.labels import check_gestures
from emgctl.registry import Registry
from emgctl.studio.columns import overview
from emgctl.studio.evaluations import Evaluations
from emgctl.studio.folder import Folder
from emgctl.studio.given import text
from emgctl.studio.recording_files import (
    MOST_SEGMENTS,
    RecordingFiles,
    about,
    all_segments,
    cut,
    not_written,
    relabelled,
    used_labels,
)
from emgctl.support.background import Background

MOST_COLUMNS, MOST_VALUES = 1200, 65_536
_NAME = re.compile(r"\w[\w .-]{0,99}")
_OWN_FORMAT = "h5"
Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
T = TypeVar("T")


class Recordings:
    """The handlers; each takes and returns JSON, and reports a problem in a sentence."""

    def __init__(self, folder: Folder, registry: Registry, background: Background) -> None:
        self._folder, self._registry, self._background = folder, registry, background
        self._files, self._evaluations = RecordingFiles(registry), Evaluations()

    def handlers(self) -> list[tuple[str, Handler]]:
        """Each handler with its address."""
        return [
            ("recordings", self.listed),
            ("recordings/about", self.about),
            ("recordings/open", self.open),
            ("recordings/columns", self.columns),
            ("recordings/write", self.write),
            ("recordings/evaluate", self.evaluate),
            ("recordings/evaluation", self.evaluation),
            ("recordings/evaluate/stop", self.stop),
        ]

    def end(self) -> None:
        """End what is in progress."""
        self._evaluations.stop()

    async def listed(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """The folder's recordings and reports, and the profiles that have a model."""
        profiles = await asyncio.to_thread(self._folder.profiles, self._registry)
        return {
            "folder": str(self._folder.path),
            "recordings": await asyncio.to_thread(self._folder.recordings),
            "reports": await asyncio.to_thread(self._folder.reports),
            "profiles": [one["name"] for one in profiles if one.get("model") == "there"],
        }

    async def about(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A recording's length, channels, rate and labels."""
        path = self._path(given)
        return await self._background.result(lambda: about(self._files.read(path)))

    async def open(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A recording's signal and segments, in words."""
        path, number = self._path(given), _whole(given, "part", 0)
        return await self._background.result(lambda: self._open(path, number))

    async def columns(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The signal from ``begin_s`` to ``end_s``: the smallest and the largest sample of each column."""
        path, number = self._path(given), _whole(given, "part", 0)
        begin_s, end_s = _seconds(given, "begin_s"), _seconds(given, "end_s")
        return await self._background.result(lambda: self._columns(path, number, begin_s, end_s))

    async def write(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write a copy with other labels for some segments, or of a part of the time, as a new file of any format."""
        path, number = self._path(given), _whole(given, "part", 0)
        to = text({"to": _OWN_FORMAT, **given}, "to")
        target = self._target(path, text(given, "as"), to)
        write = write_recording if to == _OWN_FORMAT else partial(write_as, to)
        labels = _labels(given)
        span = (_seconds(given, "begin_s"), _seconds(given, "end_s")) if "begin_s" in given else None

        def copy() -> Mapping[str, Any]:
            recording = relabelled(self._files.part(path, number), labels)
            try:
                write(target, recording if span is None else cut(recording, *span))
            except FileError as error:  # of the file that becomes the recording once it is complete
                raise EmgctlError(str(error).replace(f".{target.name}.part", target.name)) from error
            return {"recording": target.relative_to(self._folder.path.resolve()).as_posix()}

        return await self._background.result(copy)

    async def evaluate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin to let a profile's model decode a recording."""
        recording, profile = text(given, "recording"), text(given, "profile")
        self._evaluations.start(
            {"recording": str(self._folder.file(recording)), "profile": str(self._folder.file(profile))},
            {"recording": recording, "profile": profile},
        )
        return {}

    async def evaluation(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """How far it is, or its result."""
        return self._shown(self._evaluations.state())

    async def stop(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Stop it."""
        await asyncio.to_thread(self._evaluations.stop)
        return {}

    def _open(self, path: Path, number: int) -> Mapping[str, Any]:
        recordings = self._files.read(path)
        recording = self._files.part(path, number)
        rate_hz, segments = recording.signal.rate_hz, all_segments(recording)
        return about([recording]) | {
            "parts": len(recordings),
            "part": number,
            "unit": recording.signal.unit,
            "user": recording.subject,
            "session": recording.session,
            "names": list(recording.signal.names),
            "known": used_labels(recording),
            "not_written": not_written(recording),
            "segments": [
                {
                    "begin_s": one.first / rate_hz,
                    "end_s": one.end / rate_hz,
                    "label": one.label,
                    "number": one.repetition,
                }
                for one in segments[:MOST_SEGMENTS]
            ],
            "segments_left_out": max(0, len(segments) - MOST_SEGMENTS),
        }

    def _columns(self, path: Path, number: int, begin_s: float, end_s: float) -> Mapping[str, Any]:
        recording = self._files.part(path, number)
        shown = cut(recording, begin_s, end_s)
        most = min(MOST_COLUMNS, max(64, MOST_VALUES // (2 * shown.signal.channels)))
        found = overview(shown.samples, most)
        return {
            "columns": len(found),
            "channels": shown.signal.channels,
            "begin_s": max(0.0, begin_s),
            "end_s": min(recording.duration_s, end_s),
            "values": base64.b64encode(np.ascontiguousarray(found, "<f4").tobytes()).decode(),
        }

    def _path(self, given: Mapping[str, Any]) -> Path:
        return self._folder.file(text(given, "recording"))

    def _target(self, path: Path, name: str, to: str) -> Path:
        """Where a new recording is to lie: beside the one that it is made of."""
        if to not in (_OWN_FORMAT, *FORMATS):
            raise UsageError(f"'{quoted(to, 60)}' is not a format that is written")
        name = name.strip().removesuffix(f".{to}")
        if not _NAME.fullmatch(name) or name.endswith("."):
            raise UsageError(f"'{quoted(name, 60)}' can't be a recording's name; use letters, digits, spaces and _ . -")
        target = path.parent / f"{name}.{to}"
        if target.exists():
            raise FileError(target, "exists already", remedy="choose another name; nothing is overwritten")
        return target

    def _shown(self, found: T) -> T:
        """What a page gets names files by their places in the folder."""
        if isinstance(found, str):
            return found.replace(f"{self._folder.path.resolve()}{os.sep}", "")  # type: ignore[return-value]
        if isinstance(found, dict):
            return {key: self._shown(one) for key, one in found.items()}  # type: ignore[return-value]
        return [self._shown(one) for one in found] if isinstance(found, list) else found  # type: ignore[return-value]


def _whole(given: Mapping[str, Any], key: str, usual: int) -> int:
    if type(found := given.get(key, usual)) is not int:
        raise UsageError(f"the request has no '{key}'")
    return found


def _seconds(given: Mapping[str, Any], key: str) -> float:
    found = given.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found) or abs(found) > 1e9:
        raise UsageError(f"the request has no '{key}'")
    return float(found)


def _labels(given: Mapping[str, Any]) -> dict[int, str]:
    """New labels by the numbers of their segments."""
    found = given.get("labels", {})
    if not isinstance(found, dict) or not all(key.isdecimal() and isinstance(one, str) for key, one in found.items()):
        raise UsageError("'labels' is no object of segments and their labels")
    new = {int(key): one.strip() for key, one in found.items() if len(key) < 10}
    check_gestures(label for label in new.values() if label)
    return new
