"""Compares a board with the run, live: the same samples, decision for decision."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from emgctl.errors import DeviceError, UsageError
from emgctl.export.board_link import COMPARE, DECODE, BoardLink
from emgctl.export.card import card
from emgctl.export.decided import Decided, decided
from emgctl.export.program import Program
from emgctl.mapping.engine import MappingEngine
from emgctl.plugin import EndOfRecording
from emgctl.profile.load import Profile
from emgctl.profile.validate import opened
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.safety import Safety

WITHIN = 1e-4
"""How far probabilities may be apart."""
_DECISION_S = 10.0  # a board's longest decision, and what lies in the line before it
_REMAINING_S = 0.3


@dataclass(slots=True)
class Comparison:
    """What was compared: ``equal`` of ``decisions``, the ``largest`` difference of probabilities, ``longest_s``.

    ``longest_s`` is how long a decision took on the board, and ``first`` the first difference in words, "" if none.
    """

    decisions: int = 0
    equal: int = 0
    largest: float = 0.0
    longest_s: float = 0.0
    first: str = ""

    def add(self, run: Decided, board: Decided) -> None:
        """Count two decisions of the same window."""
        self.decisions += 1
        apart = _apart(run, board)
        self.largest = max(self.largest, apart)
        problem = _difference(run, board) or ("" if apart <= WITHIN else f"probabilities differ by {apart:.2g}")
        self.equal += not problem
        self._note(f"at sample {run.end}: {problem}" if problem else "")

    def add_unexpected(self, board: Decided) -> None:
        """Count a decision that the run does not make."""
        self.decisions += 1
        self._note(f"at sample {board.end} the board decides {board.label}, and the run nothing")

    def _note(self, problem: str) -> None:
        self.first = self.first or problem


def check_card(program: Program, found: dict[str, Any], port: str) -> None:
    """Refuse a board with another program.

    Raises:
        DeviceError: its card has another model, or another fact than the program's.
    """
    remedy = "export the profile again and flash the board"
    for name, expected in card(program).items():
        if name in ("emgctl", "name") or found.get(name) == expected:
            continue
        if name == "model":
            problem = f"it runs another model, {str(found.get(name))[:12]}, and not {program.name}'s, {expected[:12]}"
        else:
            problem = f"its '{name}' is {found.get(name)}, and {program.name}'s is {expected}"
        raise DeviceError(f"board on {port}", problem, remedy)


def compare(profile: Profile, program: Program, board: BoardLink, duration_s: float) -> Comparison:
    """Play the profile's input to the run and to the board, which does not move meanwhile.

    Raises:
        UsageError: the input is live: a run may leave out windows of it.
        DeviceError: the board stops answering.
        EmgctlError: the input can't be read.
    """
    if profile.input.live:
        raise UsageError(
            f"the input '{profile.input.kind}' is not a recording, which both can decode in full; "
            "name one: --input replay:FILE"
        )
    found = Comparison()
    board.begin(COMPARE)
    try:
        with _pipeline(profile) as pipeline:
            pipeline.begin()
            pipeline.stop_after(duration_s)
            _play(pipeline, program.states, board, found)
    finally:
        board.begin(DECODE)
    return found


def _pipeline(profile: Profile) -> Pipeline:
    """The profile's, with a mapping and outputs that do nothing: a mapped gesture could pause it."""
    spec, safety = opened(profile.decoder), profile.safety
    profile.input.prefer(spec.signal)
    return Pipeline(
        source=InputRunner(profile.input),
        decoder=profile.decoder,
        spec=spec,
        engine=MappingEngine({}, rest=spec.rest),
        runners=[],
        safety=Safety(safety, spec.rest, time.perf_counter),
        bridge_s=safety.bridge_s,
        user=profile.user,
    )


def _play(pipeline: Pipeline, labels: tuple[str, ...], board: BoardLink, found: Comparison) -> None:
    sent = 0
    while True:
        try:
            block = pipeline.read()
        except EndOfRecording:
            break
        if block is None:
            continue
        if not len(block.samples):  # the duration is over
            break
        if block.start > sent:
            board.lose(block.start - sent)
            sent = block.start
        for expected in decided(pipeline, block):
            board.send(block.samples[sent - block.start : max(expected.end - block.start, 0)])
            sent = max(sent, expected.end)
            _compare_next(board, labels, expected, found)
        board.send(block.samples[sent - block.start :])
        sent = block.start + len(block.samples)
    while (extra := board.decision(labels, _REMAINING_S)) is not None:
        found.add_unexpected(extra[0])


def _compare_next(board: BoardLink, labels: tuple[str, ...], expected: Decided, found: Comparison) -> None:
    """Compare the board's decision of the same window; earlier ones are too many."""
    while True:
        came = board.decision(labels, _DECISION_S)
        if came is None:
            problem = f"no decision came of the window that ends at sample {expected.end}"
            raise DeviceError(f"board on {board.port}", problem, "check its supply and its cable, and --baud")
        decision, took_s = came
        found.longest_s = max(found.longest_s, took_s)
        if decision.end >= expected.end:
            found.add(expected, decision)
            return
        found.add_unexpected(decision)


def _difference(run: Decided, board: Decided) -> str:
    for name in ("end", "label", "rejected", "moves"):
        if getattr(run, name) != getattr(board, name):
            return f"the board's '{name}' is {getattr(board, name)}, and the run's {getattr(run, name)}"
    return ""


def _apart(run: Decided, board: Decided) -> float:
    if len(run.probabilities) != len(board.probabilities):
        return np.inf
    one, other = ((*each.probabilities, each.confidence, each.intensity) for each in (run, board))
    return float(np.max(np.abs(np.subtract(one, other))))
