"""Running a profile: decoding an input and driving outputs, with the safety rules."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.arguments import checked
from emgctl.errors import UsageError
from emgctl.support.abandoned import ABANDONED

if TYPE_CHECKING:
    from emgctl.plugin import Output
    from emgctl.runtime.pipeline import Pipeline
    from emgctl.runtime.service_watchdog import ServiceWatchdog
    from emgctl.stats import RunStats

    Viewers = Callable[[str, Path], Sequence[tuple[str, Output]]]
    Recording = Callable[[Pipeline, str], None]


@checked
def run(
    profile: str | Path,
    *,
    input: str | Path | None = None,  # noqa: A002 - the word of a profile and of the command line
    speed: float | Literal["real", "max"] | None = None,
    duration: float | None = None,
    record: str | Path | None = None,
    record_minutes: float | None = None,
    record_keep: int | None = None,
    wait: bool = False,
    stop: threading.Event | None = None,
) -> RunStats:
    """Decode live or recorded EMG and drive the profile's outputs, as ``emgctl run`` does.

    Returns when the recording ends, ``duration`` is over, ``stop`` is set, or on Ctrl-C; every output is neutral then.
    In the main thread, a signal that should end the program (SIGTERM, SIGHUP) is raised again afterwards.

    Args:
        profile: the YAML file.
        input: another input instead of the profile's: ``KIND:ARGUMENT`` such as "synthetic:fist", or the Path of a
            recording.
        speed: how fast a recording is played: "real", "max" or a factor.
        duration: stop after this many seconds of signal.
        record: also record the input to this file, which must not exist.
        record_minutes: record in parts of so many minutes, ``NAME-0001.h5`` and so on.
        record_keep: of the finished parts that this run wrote, so many stay, the newest; None for all.
        wait: wait for an input or a hand that is not there yet.
        stop: set it in another thread to end the run.

    Returns:
        Counts and delays, and how the run ended.

    Raises:
        ProfileError: with everything that is wrong in the profile.
        UsageError: the input is not known, or ``duration``, ``speed`` or ``record_minutes`` is not positive;
            ``record_keep`` is negative, or given without ``record_minutes``.
        ModelError: the model can't be loaded, or does not fit the input.
        DeviceError: an input or output can't be opened.
        FileError: the recording can't be read or written.
        PluginError: a plugin's own code fails.
    """
    for name, value in (("duration", duration), ("speed", speed), ("record_minutes", record_minutes)):
        if isinstance(value, (int, float)) and not 0 < value < float("inf"):
            raise UsageError(f"{name} is {value:g}; it must be above 0")
    if record_keep is not None and record_keep < 0:
        raise UsageError(f"record_keep is {record_keep}; it must be 0 or more")
    if record_keep is not None and record_minutes is None:
        raise UsageError("record_keep is for recordings in parts; give record_minutes as well")
    from emgctl.profile.load import is_combination, load_profile
    from emgctl.registry import Registry
    from emgctl.runtime.build import build
    from emgctl.runtime.loop import RunLimit

    def stopped() -> str:
        return "stopped" if stop is not None and stop.is_set() else ""

    path = Path(profile)
    recorded = None if record is None else recording_into(Path(record), record_minutes, record_keep)
    ended: list[RunStats] = []
    if input is None and is_combination(path):
        by = run_combination(
            path, speed=speed, duration_s=duration, record=recorded, wait=wait, ends_program=False, stop=stopped,
            finish=ended.append,
        )  # fmt: skip
        if by not in (None, signal.SIGINT):
            signal.raise_signal(by)
        return ended[0]
    override = f"replay:{input}" if isinstance(input, Path) else input
    loaded = load_profile(path, Registry(), override, speed)
    pipeline = build(loaded, wait=wait)
    with loaded.places.naming_files(), RunLimit(pipeline, duration, ends_program=False) as request:
        run_pipeline(pipeline, lambda: request() or stopped(), recorded, ended.append)
    if request.signal not in (None, signal.SIGINT):
        signal.raise_signal(request.signal)
    pipeline.check_recording()
    return ended[0]


def run_pipeline(
    pipeline: Pipeline, should_stop: Callable[[], str], record: Recording | None, finish: Callable[[RunStats], None]
) -> None:
    """Open a pipeline, run it to its end and close it; ``finish`` gets its figures if it began, also if it failed.

    ``record`` is called with it once it is open, and with "".

    Raises:
        EmgctlError: something can't be opened, fails, or ended before a single window was complete.
    """
    from emgctl.runtime.loop import run as run_loop
    from emgctl.support.patient_log import PatientLog

    try:
        with PatientLog(), pipeline:
            if record is not None:
                record(pipeline, "")
            run_loop(pipeline, should_stop)
    finally:
        if pipeline.hung:
            ABANDONED.set()
        pipeline.check_length()
        if pipeline.begun_s:
            finish(pipeline.stats.snapshot())


def run_combination(
    path: Path,
    *,
    speed: float | str | None = None,
    duration_s: float | None = None,
    record: Recording | None = None,
    wait: bool = False,
    drives: bool = True,
    reloads: bool = True,
    ends_program: bool = True,
    viewers: Viewers = lambda _name, _profile: (),
    stop: Callable[[], str] = str,
    watchdog: ServiceWatchdog | None = None,
    finish: Callable[[RunStats], None],
) -> signal.Signals | None:
    """Run a profile of several inputs, each recorded to a file of its own, ``NAME-INPUT.h5``; ``stop`` as in a loop.

    ``viewers`` gets the name and the profile of each input, and returns outputs beside the profile's. The ``watchdog``
    watches the loop of each input.

    Returns:
        The signal that ended it, None if none did.

    Raises:
        EmgctlError: as of :func:`run`.
    """
    from emgctl.profile.combination import load_combination
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry
    from emgctl.runtime.combined_stats import combined
    from emgctl.runtime.several import SeveralLimit, build_several, run_several
    from emgctl.support.patient_log import PatientLog

    combination = load_combination(path, Registry(), speed)
    several = build_several(combination, wait, drives, viewers)
    pipelines = several.pipelines

    def should_stop(request: SeveralLimit, name: str) -> str:
        return request(name) or stop()

    def running() -> list[str]:
        return [name for name, one in pipelines.items() if not one.guardian.closed]

    def prepare(name: str, pipeline: Pipeline) -> None:
        if record is not None:
            record(pipeline, name)

    with ExitStack() as entered:
        entered.enter_context(combination.places.naming_files())
        entered.enter_context(PatientLog())
        request = entered.enter_context(SeveralLimit(pipelines, duration_s, ends_program))
        stops: dict[str, Callable[[], str]] = {name: partial(should_stop, request, name) for name in pipelines}
        if watchdog is not None:
            stops = {name: watchdog.watched(one, name, running) for name, one in stops.items()}
        for watch in several.watches(lambda one: load_profile(one, Registry(), speed=speed)) if reloads else ():
            entered.enter_context(watch)
        try:
            run_several(pipelines, lambda name: stops[name](), prepare)
        finally:
            if any(one.hung for one in pipelines.values()):
                ABANDONED.set()
            for one in pipelines.values():
                one.check_length()
            if all(one.begun_s for one in pipelines.values()):
                finish(combined({name: one.stats.snapshot() for name, one in pipelines.items()}))
    for one in pipelines.values():
        one.check_recording()
    return request.signal


def recording_into(path: Path, minutes: float | None = None, keep: int | None = None) -> Recording:
    """Records what an open pipeline receives; the file of one of several inputs has the input's name, too.

    With ``minutes``, in parts that are no longer, of which ``keep`` finished ones stay, or all.
    """

    def record(pipeline: Pipeline, name: str) -> None:
        from emgctl.recording.writer import RecordingWriter
        from emgctl.recording.writer_parts import RecordingParts

        to = path.with_stem(f"{path.stem}-{name}") if name else path
        user, channels = pipeline.user, pipeline.telemetry_channels
        if minutes is None:
            pipeline.recorder = RecordingWriter(to, pipeline.signal, user=user, telemetry_channels=channels)
        else:
            pipeline.recorder = RecordingParts(to, pipeline.signal, minutes, user, channels, keep)

    return record
