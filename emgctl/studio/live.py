"""What the pages show of the run in progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from emgctl.studio.frames import Frame, SamplesFrame
from emgctl.studio.input_view import InputView


class Live:
    """The run that is shown; frames come in the server's thread only (see :meth:`take`).

    ``watch`` is called when somebody begins to look and when nobody does any more, so that a run sends no samples that
    nobody sees.
    """

    def __init__(self, watch: Callable[[bool], None]) -> None:
        self._watch = watch
        self._viewers: set[asyncio.Event] = set()
        self.begin("")

    def begin(self, profile: str) -> None:
        """Forget the last run: this profile's begins."""
        self.profile = profile
        self.messages: list[str] = []
        self.calibration: dict[str, Any] | None = None
        self.tryout: dict[str, Any] | None = None
        self.ended: dict[str, Any] | None = None
        self._inputs = {"": InputView()}
        self._notify()

    @property
    def run(self) -> Mapping[str, Any] | None:
        """The description of the run, or of the first of its inputs; None before it has begun."""
        return next(iter(self._inputs.values())).run

    def view(self, name: str) -> InputView:
        """The input of this name; the first one where there is none."""
        return self._inputs[self._known(name)]

    def take(self, frame: Frame) -> None:
        """Take a frame of the run."""
        if isinstance(frame, SamplesFrame):
            if (view := self._inputs.get(frame.input)) is not None:
                view.add(frame.samples)
        elif frame.get("type") == "inputs":
            self._inputs = {name: InputView() for name in frame["names"]}
        elif (view := self._inputs.get(frame.get("input", ""))) is not None:
            self._follow(view, frame)
        self._notify()

    def _follow(self, view: InputView, frame: Mapping[str, Any]) -> None:
        kind, news = frame.get("type"), {key: value for key, value in frame.items() if key != "type"}
        if kind == "run":
            profile = news.get("profile")
            own = str(PurePosixPath(self.profile).parent / profile) if profile else self.profile
            view.begin(news | {"profile": own})
            self._watch(bool(self._viewers))
        elif kind == "state":
            view.follow(news)
        elif kind == "calibration":
            self.calibration = (self.calibration or {}) | news
        elif kind == "tryout":
            self.tryout = {key: value for key, value in news.items() if key != "raw"} or None

    def finish(self, status: int, messages: list[str]) -> None:
        """Note that the run has ended."""
        self.ended, self.messages = {"status": status, "messages": messages}, messages
        self._notify()

    def enter(self) -> asyncio.Event:
        """Begin to look; the event is set when there is something new."""
        changed = asyncio.Event()
        changed.set()
        self._viewers.add(changed)
        if len(self._viewers) == 1:
            if self.ended is None:
                for one in self._inputs.values():
                    one.forget_signal()  # what came before nobody looked is no part of what comes now
            self._watch(True)
        return changed

    def leave(self, changed: asyncio.Event) -> None:
        """No longer look."""
        self._viewers.discard(changed)
        if not self._viewers:
            self._watch(False)

    def message(self, name: str) -> Mapping[str, Any]:
        """Everything of an input but its signal, for a page; of several inputs, in short what each of them does."""
        shown = self._known(name)
        view = self._inputs[shown]
        return {
            "profile": self.profile,
            "ended": self.ended,
            "calibration": self.calibration,
            "tryout": self.tryout,
            "input": shown,
            "inputs": {one: view.message() for one, view in self._inputs.items()} if len(self._inputs) > 1 else {},
            **view.message(),
            **view.of_signal(),
        }

    def _known(self, name: str) -> str:
        return name if name in self._inputs else next(iter(self._inputs))

    def _notify(self) -> None:
        for changed in self._viewers:
            changed.set()
