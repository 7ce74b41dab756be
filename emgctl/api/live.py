"""Live signals: opening an input, and decoding what it delivers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, overload

from pydantic import ValidationError

from emgctl.api.arguments import checked
from emgctl.errors import DeviceError, EmgctlError, UsageError
from emgctl.inference.model import Model, open_model
from emgctl.inference.pose_model import PoseModel
from emgctl.plugin import Decoder, EndOfRecording, Input, WindowSpec
from emgctl.profile.load import construct, input_from
from emgctl.profile.locations import options_error
from emgctl.profile.safety_options import SafetyOptions
from emgctl.profile.validate import opened
from emgctl.registry import Registry
from emgctl.registry.fence import described, failed
from emgctl.registry.predictions import prediction_problem
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.signal_match import check_signal
from emgctl.runtime.signal_path import signal_path
from emgctl.runtime.stream.stream_guard import Fault
from emgctl.types import Gesture, Led, Pose, Prediction, SampleBlock, Samples, Signal, Vibrate

log = logging.getLogger(__name__)
READ_S = 0.2
SAFETY = SafetyOptions()  # what a profile's run does by default


class OpenInput:
    """An input that is open: iterate over it for its blocks of samples, and close it, or use it in ``with``.

    One that is lost is reopened with backoff, as in a run. ``signal`` is what it delivers.
    """

    def __init__(self, device: Input, give_up_s: float = 10.0) -> None:
        """Open ``device``; after ``give_up_s`` seconds without samples it counts as gone."""
        self._source, self._give_up_s = InputRunner(device), give_up_s
        self.signal: Signal = self._source.open()

    @property
    def kind(self) -> str:
        """The kind of the input, such as "myo"."""
        return self._source.kind

    @property
    def live(self) -> bool:
        """False for a recording and for the simulation, whose every sample is worth decoding."""
        return self._source.live

    @property
    def status(self) -> dict[str, Any]:
        """What the device reports about itself: battery, lost packets ..."""
        return self._source.status

    @property
    def reconnects(self) -> int:
        """How often it was lost and opened again."""
        return self._source.reconnects

    def read(self, timeout_s: float = READ_S) -> SampleBlock | None:
        """The next block, ``samples`` ``(T, C)`` in the signal's unit; None after ``timeout_s`` seconds of silence.

        Raises:
            EndOfRecording: a recording is at its end.
        """
        return self._source.read(timeout_s)

    def __iter__(self) -> Iterator[SampleBlock]:
        """Block after block until a recording ends.

        Raises:
            DeviceError: a device has been silent or lost for ``give_up_s``.
        """
        last_s = time.perf_counter()
        while True:
            try:
                block = self.read()
            except EndOfRecording:
                return
            if block is not None:
                yield block
                last_s = time.perf_counter()
            elif time.perf_counter() - last_s > self._give_up_s:
                problem = self._source.problem or f"no samples for {self._give_up_s:g} s"
                raise DeviceError(self.kind, problem, "check that it is on, charged and near")

    def vibrate(self, length: Literal["short", "medium", "long"] = "short") -> None:
        """Let the device vibrate, if it can."""
        self._source.request(Vibrate(length))

    def shine(self, colour: str | None = None) -> None:
        """Set the device's light to ``colour`` (``rrggbb``), if it has one; None for its usual colour."""
        self._source.request(Led(colour))

    def close(self) -> None:
        """Release the device. May be called twice."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


@checked
def open_input(
    source: str | Path | Input, *, prefer: Signal | None = None, give_up_s: float = 10.0, **options: Any
) -> OpenInput:
    """Open an armband, an amplifier, the simulation, or a recording that is played as if it were live.

    Args:
        source: ``KIND`` or ``KIND:ARGUMENT`` such as "myo", "synthetic:fist,open" or "replay:session.h5" (``emgctl
            plugins`` lists the kinds); a Path is a recording to play; or an input plugin of your own.
        prefer: of several devices, take one with this signal, such as ``model.card.as_signal()``.
        give_up_s: seconds without samples after which iterating raises.
        options: the input's options as in a profile, such as ``speed="max"``.

    Raises:
        UsageError: the kind or an option is not known.
        DeviceError: the device is missing, busy or not permitted.
        FileError: the recording can't be read.
    """
    if isinstance(source, Input):
        if options:
            raise UsageError(f"input '{source.kind}' has its options already; {', '.join(options)} can't be added")
        device = source
    else:
        text = f"replay:{source}" if isinstance(source, Path) else source
        device = input_from(Registry(), text, options, f"input {text}")
    if prefer is not None:
        device.prefer(prefer)
    return OpenInput(device, give_up_s)


@overload
def decode(source: OpenInput, model: Model, **options: Any) -> Iterator[Gesture]: ...
@overload
def decode(source: OpenInput, model: PoseModel, **options: Any) -> Iterator[Pose]: ...
@overload
def decode(source: OpenInput, model: str | Path, **options: Any) -> Iterator[Prediction]: ...


@checked
def decode(source: OpenInput, model: Model | PoseModel | str | Path, **options: Any) -> Iterator[Prediction]:
    """Predict from a live signal: a gesture (or pose) for every window, as soon as its last sample is there.

    Predictions are those that ``emgctl run`` makes with the same options. A gap or a signal that no muscle makes begins
    anew; of a live input that fell behind only the newest window is decoded. Nothing here watches over a device that
    you drive with it: for that, use :func:`emgctl.run`, whose outputs become neutral whatever fails.

    Args:
        source: an input from :func:`open_input`.
        model: from :func:`load_model` or :func:`load_pose_model`, or its file.
        options: the decoder's options as in a profile, such as ``postprocessing={"enter": 0.7}`` or ``rotation=2``.

    Raises:
        ModelError: the model can't be loaded, or wants another signal.
        UsageError: an option is wrong.
        DeviceError: while iterating: the device is gone.
    """
    decoder = _decoder(model, options)
    spec = opened(decoder)
    try:
        check_signal(source.signal, spec, decoder)
    except BaseException:
        decoder.close()
        raise
    return _predictions(source, decoder, spec)


def _decoder(model: Model | PoseModel | str | Path, options: dict[str, Any]) -> Decoder:
    if isinstance(model, (str, Path)):
        path, given = Path(model), {}
        kind = open_model(path)[1].kind
    else:
        path, kind = model.path, model.card.kind
        given = {"sha256": model.sha256} if isinstance(model, Model) else {}
    found = Registry().decoder(kind)
    try:
        return construct(found, {"model": path} | given | options)
    except ValidationError as error:
        raise options_error(f"decoder {kind}", error, found.Options) from error


def _predictions(source: OpenInput, decoder: Decoder, spec: WindowSpec) -> Iterator[Prediction]:
    limit_s, fault = SAFETY.stale_after_s, ""
    path = signal_path(spec, source.live, SAFETY.bridge_s, limit_s)
    guard, window = path.guard, path.window
    newest_only, reconnects = source.live and not spec.stateful, source.reconnects
    try:
        decoder.reset()
        for block in source:
            if source.reconnects != reconnects:
                reconnects = source.reconnects
                guard.reconnected()
            verdict = guard.inspect(block)
            late = source.live and time.perf_counter() - block.received_s > limit_s
            if late or isinstance(verdict, Fault):
                reason = verdict.reason if isinstance(verdict, Fault) else "samples are decoded too late"
                if reason != fault:
                    fault = reason
                    log.warning("input '%s': %s", source.kind, reason)
                window.reset()
                decoder.reset()
            if late or verdict.block is None:
                continue
            for end, samples in window.push(verdict.block, newest_only):
                fault = ""
                yield _prediction(decoder, spec, samples, end / spec.signal.rate_hz)
    finally:
        decoder.close()


def _prediction(decoder: Decoder, spec: WindowSpec, window: Samples, end_s: float) -> Prediction:
    """The prediction for one window ``(length, C)``.

    Raises:
        PluginError: the decoder fails, or returns what is no prediction.
    """
    try:
        prediction = decoder.decode(window, end_s)
    except EmgctlError:
        raise
    except Exception as error:
        raise failed(decoder, f"decode() raised {described(error)}", error) from error
    if problem := prediction_problem(prediction, spec):
        raise failed(decoder, f"decode() returned {problem}")
    return prediction
