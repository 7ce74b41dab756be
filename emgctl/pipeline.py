"""What the loop's five steps do, with the safety rules and the counting around them."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Protocol, Self

from emgctl.binding import Binding
from emgctl.choice import Choice
from emgctl.electrodes import Watch
from emgctl.errors import EmgctlError, ModelError
from emgctl.lane import Lane, close_all
from emgctl.plugin import Decoder, Session, WindowSpec
from emgctl.preprocessing import Chain
from emgctl.safety import Safety
from emgctl.source import Source
from emgctl.stats import Stats
from emgctl.types import Cause, Command, Halt, Prediction, Recentre, Request, SampleBlock, Samples, Select, Signal
from emgctl.window import Window

log = logging.getLogger(__name__)
RATE_TOLERANCE = 0.01  # a nominal 200 Hz device may well deliver 199


class Recorder(Protocol):
    """What ``run --record`` writes the blocks to; see :class:`emgctl.recording.writer.RecordingWriter`."""

    def write(self, block: SampleBlock) -> None:
        """Take a block without blocking."""

    def tell(self, sample: int, source: str, values: Sequence[float], note: str) -> None:
        """Take what an output's device told, from any thread."""

    def close(self) -> None:
        """Write what is left and close the file."""

    def check(self) -> None:
        """Raise FileError if something could not be recorded."""


class Pipeline:
    """Source, window, decoder, binding and lanes, opened as a context manager.

    On the way out, however it comes, every output gets neutral and everything is closed. ``record_to`` is called with
    the signal when it is known, and returns the recorder.
    """

    def __init__(
        self,
        source: Source,
        decoder: Decoder,
        spec: WindowSpec,
        binding: Binding,
        lanes: Sequence[Lane],
        safety: Safety,
        bridge_s: float = 0.0,
        user: str = "",
    ) -> None:
        self.source, self.decoder, self.spec, self.safety = source, decoder, spec, safety
        self.binding, self.lanes, self.user = binding, list(lanes), user
        bridge = round(bridge_s * spec.signal.rate_hz)
        chain = None if spec.preprocessing.nothing else Chain(spec.preprocessing, spec.signal)
        self.window = Window(spec.length, spec.hop, spec.signal.channels, bridge, chain)
        self._watch = None if chain is None or spec.signal.grid is None else Watch(chain, spec.signal.grid)
        self.stats = Stats()
        self.recorder: Recorder | None = None
        self.signal = spec.signal
        self.time_s, self._sample, self.begun_s = 0.0, 0, 0.0
        self._choice = Choice(decoder, binding.layers)
        self._streaming = [lane for lane in self.lanes if lane.wants_samples]
        self.asked: deque[Request] = deque()  # by outputs, from whatever thread
        self._closing = ExitStack()
        self._ended = "stopped"

    def __enter__(self) -> Self:
        with ExitStack() as undo:  # closes what was opened if something later can't be
            undo.callback(self.source.close)
            self.signal = self.source.open()
            fits(self.signal, self.spec, self.decoder)
            moves(self.signal, self.binding)
            self.stats.device = self.source.status
            opened: list[Lane] = []
            undo.callback(lambda: close_all(opened, self.time_s, self._ended))
            for lane in self.lanes:
                lane.open(self._session(lane))
                opened.append(lane)
                self.stats.outputs[lane.name] = lane.stats
            self._closing = undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._ended = self._ended if error is None else f"failed: {error}"
        self._closing.close()
        self.decoder.close()
        if self.recorder is not None:
            self.recorder.close()
        self._count_up()

    @property
    def tells(self) -> dict[str, tuple[str, ...]]:
        """What each output's device will tell, for the recorder."""
        return {lane.name: lane.tells for lane in self.lanes if lane.tells}

    def _session(self, lane: Lane) -> Session:
        def tell(values: Sequence[float], note: str) -> None:
            numbers = [value if math.isfinite(value) else None for value in values]
            self.stats.told[lane.name] = {**dict(zip(lane.tells, numbers, strict=True)), "note": note}
            if (recorder := self.recorder) is not None:
                recorder.tell(self._sample, lane.name, values, note)

        return Session(self.user, self.signal, self.spec.labels, self.stats, self.asked.append, tell, self.spec.joints)

    def begin(self) -> None:
        """Everything is open: the run's time, and the input's silence, count from now."""
        self.begun_s = time.perf_counter()
        self.safety.begin()

    def end(self, reason: str) -> None:
        """Say why the run ends; the last neutral command carries it."""
        self._ended = reason

    def read(self) -> SampleBlock | None:
        """The next block of samples, or None when it is time to look at the silence."""
        return self.source.read(self.safety.wait_s())

    def silence(self) -> None:
        """Nothing came: hold, or go neutral, or keep waiting."""
        if self.source.problem and self.safety.state != "neutral":
            self.fault(f"input lost: {self.source.problem}")
        elif self.safety.silence():
            self._neutral("silence")
        self.stats.state = self.safety.state

    def windows(self, block: SampleBlock) -> Iterator[tuple[Samples, float]]:
        """The windows that ``block`` completes, each with the time of its end on the sample clock."""
        if self.recorder is not None:
            self.recorder.write(block)
        self._count(block)
        self._sample = block.start + len(block.samples)
        for lane in self._streaming:
            lane.samples(block)
        self._do_asked()
        if block.motion is not None and len(block.motion):
            self.binding.moved(block.motion, self._sample / self.signal.rate_hz)
        if not math.isfinite(float(block.samples.sum())):
            self.fault("samples are not finite (NaN or infinity)")
            return
        gap = self.window.gap_before(block)
        if gap > self.window.bridge:
            self.fault(f"{gap} samples were lost")
        self.safety.samples()
        begun_s = time.perf_counter()
        for end, window in self.window.push(block, newest_only=self.source.live and not self.spec.every):
            self.time_s = end / self.signal.rate_hz
            self.stats.stages["window"].add(time.perf_counter() - begun_s)
            self._do_asked()
            yield window, self.time_s
            begun_s = time.perf_counter()
        if self._watch is not None:
            self._watch.tell(self.stats.device)

    def decode(self, window: Samples, end_s: float) -> Prediction | None:
        """The decoder's prediction, or None (and neutral outputs) when it fails."""
        begun_s = time.perf_counter()
        try:
            prediction = self.decoder.decode(window, end_s)
        except Exception as error:  # a decoder that fails must not take the hand with it, whatever it raises
            log.debug("decoder failed", exc_info=True)
            self.fault(f"decoder failed: {error}")
            return None
        self.stats.windows_decoded += 1
        self.stats.stages["decode"].add(time.perf_counter() - begun_s)
        return prediction

    def bind(self, prediction: Prediction) -> Command:
        """The command the mapping makes of a prediction, if safety lets it pass; a neutral one otherwise."""
        begun_s = time.perf_counter()
        if reason := self.safety.holds_back(prediction):
            self.binding.reset()  # what was held back must not appear later as if it had just begun
            command = Command.neutral(prediction.window_end_s, reason, prediction, "waiting")
        else:
            command = self.binding.command(prediction)
        self._choice.follow(self.binding.layer)
        self._pass_on(self.binding.requests())
        label = getattr(prediction, "label", "pose")
        self.stats.decisions[label] = self.stats.decisions.get(label, 0) + 1
        self.stats.stages["bind"].add(time.perf_counter() - begun_s)
        return command

    def steer(self, block: SampleBlock) -> Command | None:
        """The command between two decisions when the arm has moved; None when there is nothing new to say."""
        end_s = (block.start + len(block.samples)) / self.signal.rate_hz
        moved = block.motion is not None and len(block.motion) and self.binding.uses_motion
        if not moved or self.safety.state != "fresh" or end_s <= self.time_s:
            return None
        command = self.binding.command_at(end_s)
        self._pass_on(self.binding.requests())
        return command

    def send(self, command: Command, received_s: float) -> None:
        """Hand a command to every output."""
        begun_s = time.perf_counter()
        self.stats.state = self.safety.state
        self._to_all(command)
        done_s = time.perf_counter()
        self.stats.stages["send"].add(done_s - begun_s)
        self.stats.latency.add(done_s - received_s)

    def check_recording(self) -> None:
        """Raise what went wrong with the recording, once the outputs are safe."""
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
        """Something is wrong: neutral to every output at once, and start anew."""
        self.safety.fault(reason)
        self.window.reset()
        self._neutral("fault")

    def _do_asked(self) -> None:
        """Do what outputs have asked for since the last look."""
        if self.asked:
            self._pass_on([self.asked.popleft() for _ in range(len(self.asked))])

    def _pass_on(self, requests: Sequence[Request]) -> None:
        """Do what mapping or outputs ask for: halt, or hand it on to the input."""
        for request in requests:
            if isinstance(request, Halt):
                self.binding.halt(request)
                if self.binding.held:
                    self._to_all(Command.neutral(self.time_s, self.binding.held, cause="halt"))
            elif isinstance(request, Recentre):
                self.binding.recentre()
            elif isinstance(request, Select):
                self._choice.ask(request.names)
            else:
                self.source.request(request)

    def _neutral(self, cause: Cause) -> None:
        self.binding.reset()
        self._choice.follow(self.binding.layer)
        self.decoder.reset()
        self.stats.state = self.safety.state
        self._to_all(Command.neutral(self.time_s, self.safety.reason, cause=cause))

    def _to_all(self, command: Command) -> None:
        for lane in self.lanes:
            lane.send(command)

    def _count(self, block: SampleBlock) -> None:
        stats = self.stats
        stats.samples += len(block.samples)
        stats.blocks += 1
        stats.signal_s = stats.samples / self.signal.rate_hz
        self._count_window()

    def _count_window(self) -> None:
        stats, window = self.stats, self.window
        stats.gaps, stats.samples_lost, stats.windows_skipped = window.gaps, window.lost, window.skipped

    def _count_up(self) -> None:
        self._count_window()
        self.stats.reconnects = self.source.reconnects
        self.stats.state = self.safety.state
        self.stats.transitions = [asdict(transition) for transition in self.safety.transitions]


def fits(signal: Signal, spec: WindowSpec, decoder: Decoder) -> None:
    """Raise ModelError when an input's signal is not what the model was trained on."""
    want = spec.signal
    same_rate = abs(signal.rate_hz - want.rate_hz) <= RATE_TOLERANCE * want.rate_hz
    same_grid = want.grid is None or signal.grid == want.grid
    if signal.channels != want.channels or not same_rate or signal.unit != want.unit or not same_grid:
        name = getattr(decoder.options, "model", decoder.kind)
        raise ModelError(name, f"the model wants {want}, but the input gives {signal}")


def moves(signal: Signal, binding: Binding) -> None:
    """Raise EmgctlError when the mapping wants the arm's orientation and the input has none to give."""
    if binding.uses_motion and not signal.motion_hz:
        raise EmgctlError(
            "the mapping uses the arm's orientation, but the input gives none: take the actions orientation, gyro and "
            "recenter and the keys pitch_deg out of the mapping, or use an input with an IMU"
        )
