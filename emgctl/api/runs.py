"""Running a profile: decoding an input and driving outputs, with the safety rules."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.arguments import checked
from emgctl.errors import UsageError
from emgctl.support.abandoned import ABANDONED

if TYPE_CHECKING:
    from emgctl.runtime.pipeline import Pipeline
    from emgctl.stats import RunStats


@checked
def run(
    profile: str | Path,
    *,
    input: str | Path | None = None,  # noqa: A002 - the word of a profile and of the command line
    speed: float | Literal["real", "max"] | None = None,
    duration: float | None = None,
    record: str | Path | None = None,
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
        wait: wait for an input or a hand that is not there yet.
        stop: set it in another thread to end the run.

    Returns:
        Counts and delays, and how the run ended.

    Raises:
        ProfileError: with everything that is wrong in the profile.
        UsageError: the input is not known, or ``duration`` or ``speed`` is not positive.
        ModelError: the model can't be loaded, or does not fit the input.
        DeviceError: an input or output can't be opened.
        FileError: the recording can't be read or written.
        PluginError: a plugin's own code fails.
    """
    for name, value in (("duration", duration), ("speed", speed)):
        if isinstance(value, (int, float)) and not 0 < value < float("inf"):
            raise UsageError(f"{name} is {value:g}; it must be above 0")
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry
    from emgctl.runtime.build import build
    from emgctl.runtime.loop import RunLimit

    override = f"replay:{input}" if isinstance(input, Path) else input
    loaded = load_profile(Path(profile), Registry(), override, speed)
    pipeline = build(loaded, wait=wait)
    ended: list[RunStats] = []
    with loaded.places.naming_files(), RunLimit(pipeline, duration, ends_program=False) as request:

        def should_stop() -> str:
            return request() or ("stopped" if stop is not None and stop.is_set() else "")

        run_pipeline(pipeline, should_stop, None if record is None else Path(record), ended.append)
    if request.signal not in (None, signal.SIGINT):
        signal.raise_signal(request.signal)
    pipeline.check_recording()
    return ended[0]


def run_pipeline(
    pipeline: Pipeline, should_stop: Callable[[], str], record: Path | None, finish: Callable[[RunStats], None]
) -> None:
    """Open a pipeline, run it to its end and close it; ``finish`` gets its figures if it began, also if it failed.

    Raises:
        EmgctlError: something can't be opened, fails, or ended before a single window was complete.
    """
    from emgctl.runtime.loop import run as run_loop

    try:
        with pipeline:
            if record is not None:
                from emgctl.recording.writer import RecordingWriter

                pipeline.recorder = RecordingWriter(
                    record, pipeline.signal, user=pipeline.user, telemetry_channels=pipeline.telemetry_channels
                )
            run_loop(pipeline, should_stop)
    finally:
        if pipeline.hung:
            ABANDONED.set()
        pipeline.check_length()
        if pipeline.begun_s:
            finish(pipeline.stats.snapshot())
