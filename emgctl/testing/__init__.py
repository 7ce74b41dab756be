"""Fakes and contract tests, for emgctl's own tests and for those of plugin authors.

from emgctl.testing import check_output

def test_contract():
    check_output(MyOutput, MyOptions())
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import TypeAdapter

from emgctl.mapping import Mapping
from emgctl.mapping.engine import MappingEngine
from emgctl.mapping.wake import Wake
from emgctl.plugin import Decoder, EndOfRecording, Input, Options, Output, RunContext, WindowSpec
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.input_runner import InputRunner as InputSource
from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.safety import PREVIEW, Safety
from emgctl.stats import Stats
from emgctl.testing.contract import check_class as check_class
from emgctl.testing.contract import check_decoder as check_decoder
from emgctl.testing.contract import check_input as check_input
from emgctl.testing.contract import check_output as check_output
from emgctl.testing.readers import check_reader as check_reader
from emgctl.testing.simulators import check_simulator as check_simulator
from emgctl.testing.trainers import check_trainer as check_trainer
from emgctl.types import Command, Gesture, SampleBlock, Samples, Signal

SIGNAL = Signal(8, 200.0)
"""An armband's signal."""


class FakeClock:
    """A clock that goes only when told to."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


_HOLD_A = {"fist": [{"do": "hold", "button": "a"}]}
Item = SampleBlock | Exception | None


class FakeInput(Input):
    """Plays a list: blocks are delivered, None is a moment of silence, an exception is raised; then the end."""

    kind = "fake"
    live = False

    def __init__(self, items: Iterable[Item], signal: Signal = SIGNAL) -> None:
        super().__init__(Options())
        self._items, self._signal = list(items), signal
        self.opened = self.closed = 0

    def open(self) -> Signal:
        """Count the call."""
        self.opened += 1
        return self._signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next item of the list."""
        if not self._items:
            raise EndOfRecording
        item = self._items.pop(0)
        if isinstance(item, Exception):
            raise item
        if item is None:
            time.sleep(timeout_s)
            return None
        return replace(item, received_s=time.perf_counter())

    def close(self) -> None:
        """Count the call."""
        self.closed += 1


class FakeDecoder(Decoder):
    """Decides by ``rule``, a function from the window to a label, or to an exception to raise."""

    kind = "fake"

    def __init__(
        self,
        rule: Callable[[Samples], str | Exception],
        labels: Sequence[str] = ("rest", "fist"),
        length: int = 4,
        hop: int = 2,
        signal: Signal = SIGNAL,
    ) -> None:
        super().__init__(Options())
        self._rule = rule
        self._spec = WindowSpec(signal, length, hop, tuple(labels), "rest" if "rest" in labels else "")
        self.resets = 0

    def open(self) -> WindowSpec:
        """The window that was asked for."""
        return self._spec

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """What the rule says, with certainty."""
        label = self._rule(window)
        if isinstance(label, Exception):
            raise label
        return gesture(label, window_end_s)

    def reset(self) -> None:
        """Count the call."""
        self.resets += 1


@dataclass(eq=False)
class RecordingOutput(Output):
    """Keeps every command; ``fail_at`` lists the numbers of the sends that raise."""

    kind: ClassVar[str] = "recording"
    fail_at: set[int] = field(default_factory=set)
    commands: list[Command] = field(default_factory=list)
    sends: int = 0
    opened: int = 0
    closed: int = 0

    def __post_init__(self) -> None:
        super().__init__(Options())

    def open(self, context: RunContext) -> None:
        """Count the call."""
        self.context = context
        self.opened += 1

    def send(self, command: Command) -> None:
        """Keep the command, or fail."""
        self.sends += 1
        if self.sends - 1 in self.fail_at:
            raise OSError("the cable was pulled")
        self.commands.append(command)

    def close(self) -> None:
        """Count the call."""
        self.closed += 1


def gesture(label: str, at_s: float = 0.0, confidence: float = 1.0, intensity: float = 0.5) -> Gesture:
    """A decision, for tests."""
    return Gesture(label, confidence, {label: confidence}, intensity, at_s)


def block(values: ArrayLike, start: int = 0, channels: int = 8, noise: float = 0.0) -> SampleBlock:
    """A block of samples, given as ``(T, C)`` or as one value for all channels, up to ``noise`` above it.

    The noise is always the same. Without any, the signal of a few blocks is no muscle's but a frozen one: a fault.
    """
    samples = np.asarray(values, np.float32)
    if samples.ndim == 1:
        shape = (len(samples), channels)
        samples = samples[:, None] + np.float32(noise) * np.random.default_rng(start).random(shape, np.float32)
    return SampleBlock(samples, start, time.perf_counter())


def run_context(
    report: Callable[[Sequence[float], str], None] = lambda _values, _note: None, joints: tuple[str, ...] = ()
) -> RunContext:
    """The context that an output is opened with, for tests; ``report`` gets the telemetry of its device.

    With ``joints`` the decoder is one of poses, and has no labels.
    """
    return RunContext(
        "tester", SIGNAL, () if joints else ("rest", "fist"), Stats().snapshot, report=report, joints=joints
    )


def make_pipeline(
    source: Input | Iterable[Item],
    outputs: Sequence[Output] = (),
    decoder: Decoder | None = None,
    mapping: object = None,
    safety: SafetyOptions | None = None,
    wake: object = None,
) -> Pipeline:
    """A pipeline that is not open yet, of whatever is given; the decoder's default says "fist" from 1 on.

    ``outputs`` are named ``output0``, ``output1`` ...; ``mapping`` and ``wake`` are written as in a profile, and
    without a mapping a fist holds the button ``a``.
    """
    decoder = decoder or FakeDecoder(lambda window: "fist" if window[-1, 0] >= 1 else "rest")
    options, spec = safety or SafetyOptions(), decoder.open()
    return Pipeline(
        source=InputSource(source if isinstance(source, Input) else FakeInput(source)),
        decoder=decoder,
        spec=spec,
        engine=MappingEngine(
            TypeAdapter(Mapping).validate_python(mapping or _HOLD_A),
            rest=spec.rest,
            wake=None if wake is None else Wake.model_validate(wake),
        ),
        runners=[
            OutputRunner(f"output{number}", output, spec.rest, options.wait_for_rest)
            for number, output in enumerate(outputs)
        ],
        safety=Safety(options, spec.rest, time.perf_counter, PREVIEW if spec.preview else ""),
        bridge_s=options.bridge_s,
        user="tester",
    )
