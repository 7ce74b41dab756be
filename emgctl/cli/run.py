"""``emgctl run``."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.message_times import show_times
from emgctl.cli.options import Number, input_option, profile_option, speed_option
from emgctl.cli.stating_options import stating_options

if TYPE_CHECKING:
    from emgctl.plugin import Output
    from emgctl.studio.feed_link import FeedLink

_MOST_HEAPS = -8  # M_ARENA_MAX of mallopt(3)


@click.command()
@profile_option
@input_option
@stating_options
@speed_option
@click.option("--duration", "duration_s", type=Number(min=0, min_open=True), help="Stop after this many seconds.")
@click.option("--record", "record_path", type=click.Path(path_type=Path), help="Also record the input to this file.")
@click.option("--record-minutes", type=Number(min=0, min_open=True), help="Record in parts, each of so many minutes.")
@click.option("--record-keep", type=click.IntRange(min=0), help="Keep so many finished parts of this run, the newest.")
@click.option(
    "--stats",
    "stats_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write counts and delays as JSON to this file, - for stdout.",
)
@click.option("--wait", "--wait-for-devices", "wait", is_flag=True, help="Wait for devices that are not there yet.")
@click.option("--dashboard", is_flag=True, help="Show the run in a browser as well; the link is printed.")
@click.option("--feed", is_flag=True, hidden=True, help="Frames for the studio on stdout; ends when stdin is closed.")
@click.option("--no-outputs", is_flag=True, hidden=True, help="Show what would be driven, and drive nothing.")
@click.option("--no-reload", is_flag=True, help="Ignore changes of the profile's file until the next start.")
@click.option("--realtime", is_flag=True, help="Run before all other programs, in locked memory (Linux).")
def run(
    profile_path: Path,
    input_override: str | None,
    speed: str | float | None,
    duration_s: float | None,
    record_path: Path | None,
    record_minutes: float | None,
    record_keep: int | None,
    stats_path: Path | None,
    wait: bool,
    dashboard: bool,
    feed: bool,
    no_outputs: bool,
    no_reload: bool,
    realtime: bool,
) -> None:
    """Decode live or recorded EMG and drive the profile's outputs.

    Runs until the recording ends, Ctrl-C, SIGTERM, a closed terminal or --duration; every output then becomes neutral.
    A changed mapping or threshold in the profile's file takes effect at the next rest.

    \b
    Examples:
      emgctl run --profile profiles/demo.yaml
      emgctl run -p alice.yaml --input replay:session.h5 --speed max --stats stats.json
    """
    _one_thread()
    from emgctl.api.runs import recording_into, run_combination, run_pipeline
    from emgctl.errors import FileError, UsageError
    from emgctl.profile.load import is_combination, load_profile
    from emgctl.registry import Registry
    from emgctl.runtime.build import build
    from emgctl.runtime.loop import RunLimit
    from emgctl.runtime.profile_watch import ProfileWatch
    from emgctl.runtime.service_watchdog import ServiceWatchdog
    from emgctl.stats import RunStats
    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text
    from emgctl.support.systemd.notify import service_manager

    watchdog = ServiceWatchdog(service_manager())  # before anything is started that would get its variables

    def prepare() -> None:
        if stats_path is not None and str(stats_path) != "-" and not stats_path.parent.is_dir():
            raise FileError(stats_path, "can't be written: its folder does not exist", remedy="make the folder first")
        if realtime:
            from emgctl.runtime.realtime import use_realtime

            use_realtime()
        show_times()
        _spare_the_collector()
        _share_one_heap()

    def write_stats(stats: RunStats) -> None:
        if stats_path is not None:
            write_text(stats_path, json_text(stats.to_dict()))

    if record_minutes is not None and record_path is None:
        raise UsageError("--record-minutes divides the file of --record; name one with --record FILE")
    if record_keep is not None and record_minutes is None:
        raise UsageError("--record-keep is for recordings in parts; give --record-minutes MINUTES as well")
    record = None if record_path is None else recording_into(record_path, record_minutes, record_keep)
    link = cache(partial(_link, profile_path, feed))  # made when the profile has been read

    def viewers(name: str = "", path: Path | None = None) -> list[tuple[str, Output]]:
        if not (feed or dashboard):
            return []
        from emgctl.studio.feed import Feed

        own = "" if path is None else path.relative_to(profile_path.parent.resolve()).as_posix()
        return [("studio", Feed(link(), name, own))]

    if is_combination(profile_path):
        if input_override is not None:
            text = "has several inputs, with which --input can't be used; run the profile of one of them"
            raise UsageError(f"{profile_path} {text}")
        prepare()
        run_combination(
            profile_path, speed=speed, duration_s=duration_s, record=record, wait=wait, drives=not no_outputs,
            reloads=not no_reload, viewers=viewers, finish=write_stats, watchdog=watchdog,
        )  # fmt: skip
        return
    load = partial(load_profile, profile_path, Registry(), input_override, speed)
    watch = None if no_reload else ProfileWatch(profile_path, load)
    profile = load()
    pipeline = build(profile, wait=wait, viewers=viewers(), drives=not no_outputs)
    prepare()
    watched = nullcontext() if watch is None else watch.over(pipeline, profile)
    with profile.places.naming_files(), RunLimit(pipeline, duration_s) as stop, watched:
        run_pipeline(pipeline, watchdog.watched(stop), record, write_stats)
    pipeline.check_recording()


def _link(profile: Path, is_fed: bool) -> FeedLink:
    """The pipes to the studio: this process's own, where nothing else is printed from now on, or to one beside it."""
    import os
    import signal

    if not is_fed:
        from emgctl.studio.beside import link_beside

        return link_beside(profile)
    from emgctl.studio.feed_link import FeedLink
    from emgctl.support.pipes import own_stdin, taken_stdout

    with Path(os.devnull).open("wb") as nowhere:
        sink = taken_stdout(nowhere.fileno())
    return FeedLink(own_stdin(), sink, lambda: signal.raise_signal(signal.SIGTERM))


def _one_thread() -> None:
    """The small matrices of a live signal gain nothing from threads, which would spin on all cores."""
    import os

    for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def _spare_the_collector() -> None:
    """Exempt imported objects from garbage collection, which would now and then delay a decision by 70 ms."""
    import gc

    gc.collect()
    gc.freeze()


def _share_one_heap() -> None:
    """Have all threads allocate from one heap, where glibc would give each its own, which hours fill one by one."""
    import ctypes
    import sys

    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):  # musl has none
        libc.mallopt(_MOST_HEAPS, 1)
