"""The loop's five steps, with the safety rules and statistics around them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from emgctl.dsp.bad_electrodes import ElectrodeMonitor
from emgctl.errors import EmgctlError
from emgctl.mapping.engine import MappingEngine
from emgctl.plugin import Decoder, RunContext, WindowSpec
from emgctl.registry.predictions import prediction_problem
from emgctl.runtime.anticipation import Anticipation
from emgctl.runtime.class_selection import ClassSelector
from emgctl.runtime.closing import run_in_time
from emgctl.runtime.delivery import Delivery
from emgctl.runtime.guardian import UNPACED_S, Guardian, Superseded
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.intake import Intake, Recorder
from emgctl.runtime.metrics import RunMetrics
from emgctl.runtime.neutral_notice import NeutralNotice
from emgctl.runtime.output_runner import CLOSING_S, OutputRunner
from emgctl.runtime.profile_swap import ProfileSwap
from emgctl.runtime.request_bus import RequestBus
from emgctl.runtime.request_handler import RequestHandler
from emgctl.runtime.safety import Safety
from emgctl.runtime.signal_match import check_motion, check_signal
from emgctl.runtime.signal_path import signal_path
from emgctl.types import (
    Cause,
    Command,
    Prediction,
    SampleBlock,
    Samples,
    Signal,
    is_rest,
)

log = logging.getLogger(__name__)
_PATIENCE_S = 5.0  # for closing at the end of an uninterrupted run


class Pipeline:
    """Input, window, decoder, mapping and outputs, opened as a context manager.

    On exit for any reason, every output gets neutral and everything is closed. With ``wait``, devices that cannot be
    opened yet are waited for. ``hung`` afterwards: something did not return and must not keep the process alive.
    """

    def __init__(
        self,
        source: InputRunner,
        decoder: Decoder,
        spec: WindowSpec,
        engine: MappingEngine,
        runners: Sequence[OutputRunner],
        safety: Safety,
        bridge_s: float = 0.0,
        user: str = "",
        wait: bool = False,
    ) -> None:
        self.source, self.decoder, self.spec, self.safety = source, decoder, spec, safety
        self.engine, self.runners, self.user, self.wait = engine, list(runners), user, wait
        limit_s = safety.options.stale_after_s
        path = signal_path(spec, source.live, bridge_s, limit_s)
        self.guard, self.window, grid = path.guard, path.window, spec.signal.grid
        self._watch = None if path.chain is None or grid is None else ElectrodeMonitor(path.chain, grid)
        self.metrics = RunMetrics(spec.signal.rate_hz, self.guard, safety)
        self.stats = self.metrics.stats
        self.signal = spec.signal
        self.time_s = self.begun_s = 0.0
        self._choice = ClassSelector(decoder, engine.layers)
        self.swap = ProfileSwap(engine, self._choice, decoder, self.metrics)
        self.requests = RequestBus()
        call_limit_s = limit_s if source.paced else max(limit_s, UNPACED_S)
        self.guardian = Guardian(self.runners, call_limit_s, self.requests, self._show)
        self._anticipation = Anticipation(
            source, decoder, self.window, self.guardian, self.guard, engine, spec.signal.rate_hz
        )
        self._handler = RequestHandler(self.requests, self.guardian, safety, engine, self._choice, source)
        self.intake = Intake(spec.signal, self.guard, self.guardian, engine, self.runners, source.live, limit_s)
        self._input_name, self._decoder_name = f"input '{source.kind}'", f"decoder '{decoder.kind}'"
        self._unfinished: tuple[SampleBlock, Iterator[tuple[Samples, float]]] | None = None
        self._delivery = Delivery(self.runners, self.guardian)
        self._notice = NeutralNotice()
        self._opened: list[OutputRunner] = []
        self._duration_s = math.inf
        self._problem = ""
        self._ended = "stopped"
        self._over = self.hung = False

    def __enter__(self) -> Self:
        with ExitStack() as undo:  # closes what is open if opening the rest fails
            undo.callback(self._close)
            self.signal = self.source.open(self._check_signal, self.spec.signal if self.wait else None)
            self.stats.device = self.source.status
            for runner in self.runners:
                runner.open(self._context(runner), self.guardian, self.wait)
                self._opened.append(runner)
                self.stats.outputs[runner.name] = runner.stats
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._ended = self._ended if error is None else f"failed: {error}"
        self._close()
        self.metrics.finish(self.source.reconnects, self.window.skipped)

    def _check_signal(self, signal: Signal) -> None:
        check_signal(signal, self.spec, self.decoder)
        check_motion(signal, self.engine.uses_motion)

    def _close(self) -> None:
        """Close outputs first; whatever does not return in time is abandoned and logged."""
        neutral = Command.neutral(
            self.time_s, self._ended, cause="fault" if self._ended.startswith("failed") else "end"
        )
        closing: dict[str, Callable[[], None]] = {
            runner.title: partial(runner.close, neutral) for runner in self._opened
        }
        closing |= {self._input_name: self.source.close, self._decoder_name: self.decoder.close}
        interrupted = self.guardian.interrupted  # a person is waiting for the end, whatever devices and the disk do
        late = run_in_time(closing, CLOSING_S + 0.05 if interrupted else _PATIENCE_S)
        self._over, recorder = True, self.recorder
        if recorder is not None and interrupted:
            late += run_in_time({"recording": recorder.close}, CLOSING_S)
        elif recorder is not None:
            recorder.close()
        self.hung = bool(late) or self.guardian.hung or any(runner.abandoned for runner in self._opened)

    @property
    def recorder(self) -> Recorder | None:
        """Set what the run is recorded with, from now on."""
        return self.intake.recorder

    @recorder.setter
    def recorder(self, recorder: Recorder) -> None:
        self.intake.recorder = recorder

    @property
    def telemetry_channels(self) -> dict[str, tuple[str, ...]]:
        """The telemetry channels of each output's device, for the recorder."""
        return {runner.name: runner.telemetry_channels for runner in self.runners if runner.telemetry_channels}

    def _context(self, runner: OutputRunner) -> RunContext:
        """The context that an output gets when it is opened."""
        spec, safety, guardian = self.spec, self.safety.options, self.guardian
        report, doing = partial(self._take_report, runner), partial(self.metrics.doing, runner)
        return RunContext(
            self.user, self.signal, spec.labels, self.stats.snapshot, guardian.request, report, spec.joints,
            guardian.halt, spec.rest, safety.stale_after_s, safety.wait_for_rest, doing,
        )  # fmt: skip

    def _take_report(self, runner: OutputRunner, values: Sequence[float], note: str) -> None:
        """Show and record telemetry from an output's device."""
        self.metrics.report(runner, values, note)
        if (recorder := self.recorder) is not None and not self._over:
            recorder.report(self.intake.sample, runner.name, values, note)

    def begin(self) -> None:
        """Start counting the run's time and the input's silence: everything is open."""
        self.begun_s = time.perf_counter()
        self.safety.begin()

    def stop_after(self, duration_s: float) -> None:
        """Read at most this many seconds of the sample clock, however large the input's blocks are."""
        self._duration_s = duration_s

    def end(self, reason: str) -> None:
        """Set why the run ends; the final neutral command carries it."""
        self._ended = reason
        self.guardian.tell_layer("")

    def read(self) -> SampleBlock | None:
        """Return the next block of samples, or None when it is time to check for silence."""
        self._delivery.finish()
        if self._unfinished is not None:  # left by a thread that hangs in an output
            return self._unfinished[0]
        if (fault := self.guard.inspect_deferred()) is not None:
            self.fault(fault.reason)
        if self.recorder is not None:
            self.recorder.check()
        self.guardian.enter(self._input_name)
        reconnects = self.source.reconnects
        block = self._anticipation.read(self.safety.wait_s)
        self.guardian.enter("")
        if self.source.reconnects != reconnects:
            self.guard.reconnected()
        if hang := self.guardian.recover():
            self.fault(hang)
        self._handler.handle_waiting()
        if block is not None and self._duration_s < math.inf:
            left = math.ceil(self._duration_s * self.signal.rate_hz) - self.stats.samples
            if len(block.samples) > left:
                left = max(left, 0)
                made = tuple(one for one in block.label_changes if one.offset < left)
                block = replace(block, samples=block.samples[:left], label_changes=made)
        return block

    def silence(self) -> None:
        """Handle silence: hold, go neutral or keep waiting."""
        if self.source.problem and self.source.problem != self._problem:
            self.fault(f"input lost: {self.source.problem}")
        elif self.safety.on_silence():
            self._neutral("silence")
        self._problem = self.source.problem
        self._show(self.safety.state, self.safety.reason)

    def windows(self, block: SampleBlock) -> Iterator[tuple[Samples, float]]:
        """Yield the windows completed by ``block``, each with its end time on the sample clock."""
        if self._unfinished is None:
            self._unfinished = block, self._windows(block, None)  # until it has been processed
            self._unfinished = block, self._windows(block, self._received(block))
        return self._unfinished[1]

    def _received(self, block: SampleBlock) -> SampleBlock | None:
        """The part of a block that may be decoded, None if nothing may."""
        sound, fault = self.intake.take(block, self.begun_s)
        if fault:
            self.fault(fault)
        return sound

    def _windows(self, block: SampleBlock, sound: SampleBlock | None) -> Iterator[tuple[Samples, float]]:
        """Decide without waiting for an output: another thread may have to continue."""
        if sound is not None and len(sound.samples):
            self.safety.on_samples()
            begun_s = time.perf_counter()
            newest_only, on_windows = self.source.live and not self.spec.stateful, self._anticipation.on_windows
            for end, window in self.window.push(sound, newest_only, on_windows):
                self.time_s = self.guardian.time_s = end / self.signal.rate_hz
                self.metrics.stage("window", time.perf_counter() - begun_s)
                self._handler.handle_waiting()
                yield window, self.time_s
                begun_s = time.perf_counter()
            if self._watch is not None:
                self._watch.report(self.stats.device)
            elif bad := self.guard.bad_electrodes:
                self.stats.device["bad_electrodes"] = {str(place + 1): what for place, what in bad.items()}
        self.intake.report_motion(self.stats.device)
        self.metrics.block(block, self.window.skipped)
        self._unfinished = None

    def decode(self, window: Samples, end_s: float) -> Prediction | None:
        """The decoder's prediction, or None (and neutral outputs) if it fails."""
        begun_s = time.perf_counter()
        self.guardian.enter(self._decoder_name)
        try:
            prediction = self.decoder.decode(window, end_s)
            problem = prediction_problem(prediction, self.spec)
        except Superseded:
            raise
        except BaseException as error:
            log.debug("decoder failed", exc_info=True)
            problem = str(error) or type(error).__name__
        took_s = time.perf_counter() - begun_s + self._anticipation.ahead_s
        self.guardian.enter("")
        if fault := self.guardian.recover():
            self.fault(fault)
            return None
        if problem:
            self.fault(f"{self._decoder_name} failed: {problem}")
            return None
        self.metrics.decoded(took_s)
        return prediction

    def bind(self, prediction: Prediction) -> Command:
        """Map a prediction to a command if safety lets it pass; otherwise to a neutral one."""
        begun_s = time.perf_counter()
        if reason := self.safety.gate(prediction):
            self.engine.reset()  # a gesture held back must not appear later as if it had just started
            command = Command.neutral(prediction.window_end_s, reason, prediction, "waiting")
        else:
            command = self.engine.command(prediction)
        self._handler.follow_layer()
        self._handler.handle(self.engine.requests())
        if self.swap.is_offered and is_rest(prediction, self.spec.rest):
            self._take_profile()
        if self.safety.state == "neutral":  # the gesture has just ended a pause, or the profile has changed
            command = Command.neutral(prediction.window_end_s, self.safety.reason, prediction, "waiting")
        self.metrics.decided(prediction, time.perf_counter() - begun_s)
        return command

    def _take_profile(self) -> None:
        """Use a changed profile from now on; nothing moves until rest has been seen with it."""
        self.guardian.enter(self._decoder_name)
        if self.swap.take():
            self.safety.fault("the profile has changed")
        self.guardian.enter("")

    def steer(self, block: SampleBlock) -> Command | None:
        """The command between two decisions if the arm has moved; None if nothing has changed."""
        end_s = (block.start + len(block.samples)) / self.signal.rate_hz
        moved = block.motion is not None and len(block.motion) and self.engine.uses_motion
        if not moved or self.safety.state != "fresh" or end_s <= self.time_s:
            return None
        command = self.engine.command_at(end_s)
        self._handler.handle(self.engine.requests())
        return command

    def send(self, command: Command, received_s: float) -> None:
        """Pass a command to every output."""
        begun_s = time.perf_counter()
        self._delivery.send(command)
        done_s = time.perf_counter()
        self.metrics.sent(done_s - begun_s, done_s - received_s)
        self._show(self.safety.state, self.safety.reason)

    def check_recording(self) -> None:
        """Raise recording errors once the outputs are safe."""
        if self.recorder is not None:
            self.recorder.check()

    def check_length(self) -> None:
        """Raise EmgctlError when the input ended before a single window was complete."""
        if self._ended == "end of recording" and not self.stats.windows_decoded and not self.safety.transitions:
            have_s, need_s = self.stats.signal_s, self.spec.length / self.signal.rate_hz
            raise EmgctlError(
                f"the recording is shorter than the decoder's window: {have_s:g} s, but a window is {need_s:g} s"
            )

    def fault(self, reason: str) -> None:
        """Handle a fault: neutral to every output immediately, then start over."""
        self.safety.fault(reason)
        self.window.reset()
        self._neutral("fault")

    def _show(self, state: str, reason: str) -> None:
        held = self.guardian.held
        self.metrics.show(*(("halted", held) if held else (state, reason)))
        if not held:  # which is said where it begins
            self._notice.show(state, reason)

    def _neutral(self, cause: Cause) -> None:
        self.engine.reset()
        self._handler.follow_layer()
        self.guardian.enter(self._decoder_name)
        self.decoder.reset()
        self.guardian.enter("")
        self._show(self.safety.state, self.safety.reason)
        self._delivery.send(Command.neutral(self.time_s, self.safety.reason, cause=cause))
