"""A run of several inputs: a pipeline for each, with a loop, safety rules and recording of its own.

They share outputs (:mod:`emgctl.runtime.shared_output`), halts and the end. An input that falls silent, fails or comes
to its end releases the controls that it drives; the others go on.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from emgctl.errors import ProfileError
from emgctl.plugin import Output, RunContext
from emgctl.profile.combination import Combination, conflicts
from emgctl.profile.load import Profile
from emgctl.runtime.build import build
from emgctl.runtime.combined_stats import combined
from emgctl.runtime.loop import RunLimit, run
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.profile_watch import ProfileWatch
from emgctl.runtime.shared_output import OutputPort, SharedOutput
from emgctl.stats import RunStats
from emgctl.types import Request, StopRequest

_LOOK_S = 0.2  # a wait without a limit would keep signals from being handled on Windows


@dataclass(frozen=True, slots=True)
class Several:
    """The pipeline of each input by the input's name, and the profile that it was built from."""

    pipelines: Mapping[str, Pipeline]
    profiles: Mapping[str, Profile]
    shares: bool

    def watches(self, load: Callable[[Path], Profile]) -> Iterator[ProfileWatch]:
        """A watch over the profile of each input; ``load`` reads one as at the start of the run."""
        for name, profile in self.profiles.items():
            watch = ProfileWatch(profile.path, partial(self._reloaded, name, load))
            yield watch.over(self.pipelines[name], profile)

    def _reloaded(self, name: str, load: Callable[[Path], Profile]) -> Profile:
        """An input's profile, reloaded, with the outputs that it has in this run.

        Raises:
            ProfileError: it is wrong, or drives what another input drives.
        """
        old = self.profiles[name]
        own = [one for one in old.outputs if not isinstance(one[1], OutputPort)]
        new = load(old.path)
        others = {other: one.swap.running for other, one in self.pipelines.items() if other != name}
        if self.shares and (found := list(conflicts({**others, name: new}))):
            raise ProfileError(found)
        return replace(new, outputs=(*(new.outputs if own else ()), *old.outputs[len(own) :]))


def build_several(
    combination: Combination,
    wait: bool = False,
    drives: bool = True,
    viewers: Callable[[str, Path], Sequence[tuple[str, Output]]] = lambda _name, _profile: (),
) -> Several:
    """Create the pipelines of a profile of several inputs; no device is open.

    Where it ``drives`` nothing, it only decodes. ``viewers`` are outputs beside the profile's, for each input by its
    name and its profile.

    Raises:
        ProfileError: a mapping or safety section is incompatible with its model or the outputs.
        ModelError: a model cannot be loaded.
        PluginError: a decoder's own code fails.
    """
    pipelines: dict[str, Pipeline] = {}
    profiles: dict[str, Profile] = {}

    def snapshot() -> RunStats:
        return combined({name: one.stats.snapshot() for name, one in pipelines.items()})

    def request(wish: Request) -> None:
        everyone = [one.guardian for one in pipelines.values()]
        for one in everyone[:1] if isinstance(wish, StopRequest) else everyone:  # which passes a halt on to the others
            one.request(wish)

    def widen(context: RunContext) -> RunContext:
        labels = [label for one in pipelines.values() for label in one.spec.labels]
        return replace(context, labels=tuple(dict.fromkeys(labels)), snapshot=snapshot, request=request)

    shared = [(name, SharedOutput(output, tuple(combination.parts), widen)) for name, output in combination.outputs]
    problems: list[str] = []
    for name, part in combination.parts.items():
        own = part.profile.outputs if part.own else ()
        ports = tuple((title, OutputPort(output, name)) for title, output in shared)
        profiles[name] = replace(part.profile, outputs=(*own, *ports))
        try:
            beside = viewers(name, part.profile.path)
            pipelines[name] = build(profiles[name], wait=wait, viewers=beside, drives=drives)
        except ProfileError as error:
            problems += error.problems
    posing = [name for name, one in pipelines.items() if one.spec.joints]
    if shared and len(posing) > 1:
        text = f"{' and '.join(posing)} both drive joints, which shared outputs can't keep apart; use 'outputs: own'"
        problems.append(combination.places.problem(("inputs",), text))
    if problems:
        raise ProfileError(problems)
    for name, one in pipelines.items():
        one.guardian.name = name
        one.guardian.peers = [other.guardian for other in pipelines.values() if other is not one]
    return Several(pipelines, profiles, bool(shared))


class SeveralLimit(AbstractContextManager["SeveralLimit"]):
    """A :class:`~emgctl.runtime.loop.RunLimit` for each input; a signal ends all."""

    def __init__(self, pipelines: Mapping[str, Pipeline], duration_s: float | None, ends_program: bool = True) -> None:
        self._limits = {name: RunLimit(one, duration_s, ends_program) for name, one in pipelines.items()}
        self._first = next(iter(self._limits.values()))

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that ended the run, None if none did."""
        return self._first.signal

    def __enter__(self) -> Self:
        self._first.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._first.__exit__(*error)

    def __call__(self, name: str) -> str:
        """Return a reason to stop this input now, "" to continue."""
        return self._first.reason or self._limits[name]()


def run_several(
    pipelines: Mapping[str, Pipeline], should_stop: Callable[[str], str], prepare: Callable[[str, Pipeline], None]
) -> None:
    """Open all pipelines, run each in a thread until it ends or ``should_stop`` of its name has a reason, close them.

    Where one raises, the others are stopped. ``prepare`` is called with each once it is open.

    Raises:
        EmgctlError: something can't be opened or recorded.
    """
    with ExitStack() as undo:  # closes what is open if opening the rest fails
        for name, one in pipelines.items():
            undo.enter_context(one)
            prepare(name, one)
        undo.pop_all()
    news: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    failed = threading.Event()

    def run_one(name: str, pipeline: Pipeline) -> None:
        try:
            with ExitStack() as closing:
                closing.push(pipeline)
                run(pipeline, lambda: should_stop(name) or ("another input failed" if failed.is_set() else ""))
            pipeline.guardian.closed = True
        except BaseException as error:
            failed.set()
            news.put(error)
        else:
            news.put(None)

    for name in pipelines:
        should_stop(name)  # from here on a signal ends the loops, and raises nothing
    for name, one in pipelines.items():
        threading.Thread(target=run_one, args=(name, one), name=f"input {name}", daemon=True).start()
    ended: list[BaseException | None] = []
    while len(ended) < len(pipelines):
        with suppress(queue.Empty):
            ended.append(news.get(timeout=_LOOK_S))
    for error in ended:
        if error is not None:
            raise error
