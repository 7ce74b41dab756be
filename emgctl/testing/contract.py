"""The contract of each kind of plugin, as tests for its author; :mod:`emgctl.testing` passes them on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from emgctl.errors import PluginError
from emgctl.plugin import Decoder, Input, Options, Output, Plugin, RunContext, WindowSpec
from emgctl.recording.consistency import samples_flaw
from emgctl.registry.admission import flaws, signal_flaws, spec_flaws
from emgctl.registry.fence import answered
from emgctl.registry.predictions import prediction_problem
from emgctl.stats import Stats
from emgctl.testing.capabilities import check_decoder_capabilities, check_output_capabilities
from emgctl.types import Command, Gesture, Pose, Prediction, SampleBlock, Signal

T = TypeVar("T")
FAST_S = 0.05
"""How long ``send`` of an output that is not ``slow`` may take, in the best of ``TRIES`` calls."""

TRIES = 3
LIMIT_S = 10.0
_LONGEST_DELAY_S = 3600.0
_SIGNAL = Signal(8, 200.0)


def check_class(role: str, cls: type[Plugin]) -> None:
    """What the registry asks of every class of a role ("input", "decoder", "output" ...), in an AssertionError.

    It is complete, and each of its methods can be called as emgctl calls it.
    """
    found = list(flaws(role, cls))
    assert not found, f"{getattr(cls, 'kind', cls.__name__)}: {'; '.join(found)}"


def check_input(cls: type[Input], options: Options, blocks: int = 5) -> None:
    """The contract of every input; AssertionError says what is broken.

    It says what it delivers when it is opened, delivers finite float32 blocks ``(T, C)`` without a gap in their
    numbering, honours the timeout, and can be closed twice, before it was opened as well, and opened again.
    """
    check_class("input", cls)
    one = cls(options)
    answer(one, "close()", one.close)
    for _ in range(2):
        signal = answer(one, "open()", one.open)
        found = list(signal_flaws(signal))
        assert not found, f"{cls.kind}: open() returned what can't be used: {'; '.join(found)}"
        expected = None
        for _ in range(blocks):
            begun_s = time.perf_counter()
            got = answer(one, "read(0.5)", lambda: one.read(0.5))
            assert time.perf_counter() - begun_s < 2.0, f"{cls.kind}: read(0.5) took far too long"
            if got is None:
                continue
            problem = _block_problem(got, signal)
            assert not problem, f"{cls.kind}: read() returned {problem}"
            assert expected in (None, got.start), f"{cls.kind}: a block starts at {got.start}, not {expected}"
            expected = got.start + len(got.samples)
        assert expected, f"{cls.kind}: {blocks} reads gave no samples"
        answer(one, "close()", one.close)
        answer(one, "close()", one.close)


def check_decoder(cls: type[Decoder], options: Options) -> None:
    """The contract of every decoder: a window of the size it asked for gives a prediction, again after a reset.

    The prediction is one of its own labels or joints, with finite numbers in their ranges, and the same after
    ``reset``, ``prepare`` and ``compute_ahead``. What it can do beyond that (:mod:`emgctl.plugin.capabilities`) is
    checked, too.
    """
    check_class("decoder", cls)
    one = cls(options)
    spec = answer(one, "open()", one.open)
    found = list(spec_flaws(spec))
    assert not found, f"{cls.kind}: open() returned what can't be used: {'; '.join(found)}"
    window = np.random.default_rng(0).normal(0, 10, (spec.length, spec.signal.channels)).astype(np.float32)
    for samples in (window, window, np.zeros_like(window), 1000 * window):
        prediction: Prediction = answer(one, "decode()", partial(one.decode, samples, 1.5))
        problem = prediction_problem(prediction, spec)
        assert not problem, f"{cls.kind}: decode(): {problem}"
        assert prediction.window_end_s == 1.5, f"{cls.kind}: window_end_s is not what was given"
        answer(one, "reset()", one.reset)
        answer(one, "prepare()", partial(one.prepare, -samples))
        answer(one, "compute_ahead()", partial(one.compute_ahead, np.stack((samples, -samples))))
        again: Prediction = answer(one, "decode()", partial(one.decode, samples, 1.5))
        flaw = f"after reset(), prepare() and compute_ahead(), decode() returns {again}"
        assert str(again) == str(prediction), f"{cls.kind}: {flaw}"
        answer(one, "reset()", one.reset)
    answer(one, "its capabilities", lambda: check_decoder_capabilities(one, spec))
    answer(one, "close()", one.close)


def check_output(cls: type[Output], options: Options) -> None:
    """The contract of every output: it takes every kind of command, and can be closed twice and opened again.

    One that is not ``slow`` returns from ``send`` at once.
    """
    check_class("output", cls)
    one = cls(options)
    resend_s = one.resend_s
    assert resend_s is None or resend_s > 0, f"{cls.kind}: resend_s is {resend_s}, not None or a time"
    spec = WindowSpec(_SIGNAL, 40, 10, ("rest", "fist"), "rest")
    for problem in answer(one, "problems()", lambda: list(one.problems(spec))):
        keys, text = problem
        assert isinstance(keys, tuple), f"{cls.kind}: problems() gave {problem}, not (keys, text)"
        assert isinstance(text, str), f"{cls.kind}: problems() gave {problem}, not (keys, text)"
    answer(one, "close()", one.close)
    for _ in range(2):
        answer(one, "open()", lambda: one.open(RunContext("tester", _SIGNAL, spec.labels, Stats().snapshot)))
        _send(
            one,
            Command(
                0.0,
                prediction=Gesture("fist", 1.0, {"fist": 1.0}, 0.5, 0.0),
                axes={"left_x": 0.5},
                buttons=frozenset({"a"}),
            ),
        )
        _send(one, Command(0.1, prediction=Pose(("thumb",), np.zeros(1, np.float32), 0.1), joints={"thumb": 0.0}))
        answer(one, "its capabilities", lambda: check_output_capabilities(one, Command.neutral(0.15, "a test")))
        _send(one, Command.neutral(0.2, "a test"))
        answer(one, "close()", one.close)
        answer(one, "close()", one.close)


def answer(plugin: Plugin | type[Plugin], what: str, call: Callable[[], T], limit_s: float | None = None) -> T:
    """What the call returns; AssertionError where it does not return at all."""
    try:
        return answered(plugin, what, call, LIMIT_S if limit_s is None else limit_s)
    except PluginError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from None
        raise AssertionError(str(error)) from error


def _send(output: Output, command: Command) -> None:
    """Send the command several times: the quickest must be quick, which a busy machine does not prevent."""
    quickest_s = math.inf
    for _ in range(TRIES):
        begun_s = time.perf_counter()
        answer(output, "send()", lambda: output.send(command))
        quickest_s = min(quickest_s, time.perf_counter() - begun_s)
    assert output.slow or quickest_s <= FAST_S, (
        f"{output.kind}: send() takes {1000 * quickest_s:.0f} ms, but has to return at once; else set slow = True"
    )


def _block_problem(block: object, signal: Signal) -> str:
    if not isinstance(block, SampleBlock):
        return f"an object of {type(block).__name__}, not a SampleBlock or None"
    if problem := samples_flaw(block.samples, signal.channels):
        return problem
    if not np.isfinite(block.samples).all():
        return "samples that are not finite"
    if abs(time.perf_counter() - block.received_s) > _LONGEST_DELAY_S:
        return f"received_s = {block.received_s}, which is not a time of time.perf_counter()"
    if block.motion is not None and np.shape(block.motion)[1:] != (10,):
        return f"motion {np.shape(block.motion)}, not (N, 10)"
    return ""
