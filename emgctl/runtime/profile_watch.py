"""Watches the profile of a run: a change is checked in a thread of its own, and the loop takes it at the next rest.

The mapping, its layers and curves, the wake gesture and the decoder's adjustable options (thresholds, smoothing) can
change while a run goes on. Input, outputs, model and safety section can't: devices are open, and a hand's own process
got the safety limits when it was started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from emgctl.errors import EmgctlError, ProfileError
from emgctl.mapping.engine import uses_motion
from emgctl.plugin import Adjustable
from emgctl.profile.changes import can_differ, needs_start
from emgctl.profile.load import Profile
from emgctl.profile.validate import placed_problems_but_selections
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.signal_match import check_motion
from emgctl.support.atomic_write import read_bytes
from emgctl.support.file_watch import FileWatch, fingerprint
from emgctl.support.yaml_file import MOST_BYTES

log = logging.getLogger(__name__)
PATIENT_LOOKS = 4  # an editor may pause in the middle of a file; a valid one is taken at the first


class ProfileWatch:
    """Watches a profile's file while entered; ``load`` reads and checks it as at the start of the run.

    It is made before the profile is loaded, so that it misses no change.
    """

    def __init__(self, path: Path, load: Callable[[], Profile]) -> None:
        self._path, self._load = path, load
        self._file = FileWatch(path, self._changed)
        self._sha256 = self._fingerprint() if path.is_file() else ""
        self._pipeline: Pipeline | None = None
        self._is_waiting = False

    def over(self, pipeline: Pipeline, profile: Profile) -> Self:
        """Pass changes on to this pipeline, which was built from the profile."""
        self._pipeline = pipeline
        pipeline.swap.begin(profile, self._sha256)
        return self

    def __enter__(self) -> Self:
        self._file.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.end()

    def _fingerprint(self) -> str:
        return fingerprint(read_bytes(self._path, MOST_BYTES))

    def _changed(self, looks: int) -> bool:
        """Judge the file's newest content; True once it is decided what becomes of it."""
        pipeline = self._pipeline
        if pipeline is None or not pipeline.begun_s:
            return False
        is_taken = self._is_waiting and self._is_taken(pipeline)
        if looks > 1 and (is_taken or self._is_waiting):
            return is_taken
        self._is_waiting = False  # the file has other content by now
        if 1 < looks < PATIENT_LOOKS:
            return False
        sha256 = ""
        try:
            sha256, new = self._fingerprint(), self._load()
            problems = tuple(_problems(pipeline, new))
        except ProfileError as error:
            new, problems = None, error.problems
        except EmgctlError as error:
            new, problems = None, (str(error),)
        if new is None or problems:
            if looks < PATIENT_LOOKS:
                return False
            pipeline.swap.refuse(tuple(one.replace(f"{self._path.parent}/", "") for one in problems), sha256)
        elif can_differ(new) == can_differ(pipeline.swap.running):
            pipeline.swap.keep(sha256)
            return True
        else:
            pipeline.swap.offer(new, sha256)
            self._is_waiting = True
        log.warning("%s", pipeline.stats.profile)
        return not self._is_waiting

    def _is_taken(self, pipeline: Pipeline) -> bool:
        """Report once that the loop has taken what waits for rest."""
        self._is_waiting = pipeline.swap.is_offered
        if not self._is_waiting:
            log.warning("%s", pipeline.stats.profile)
        return not self._is_waiting


def _problems(pipeline: Pipeline, new: Profile) -> Iterator[str]:
    """A line for each reason why a running pipeline can't use a changed profile."""
    running, spec, decoder = pipeline.swap.running, pipeline.spec, pipeline.decoder
    if anew := list(needs_start(running, new)):
        yield from anew
        return
    if not spec.rest:
        yield new.places.problem((), "the model has no label for rest, so no change can take effect during a run")
    if isinstance(decoder, Adjustable) and new.decoder.options != running.decoder.options:
        other = decoder.spec_with(new.decoder.options)
        spec = replace(spec, min_dwell_s=other.min_dwell_s)
        if spec != other:
            yield new.places.problem(
                ("decoder",), "makes other windows or another rest; end the run and start it again"
            )
    check_motion(pipeline.signal, uses_motion(new.mapping, new.layers))
    for place, text in placed_problems_but_selections(new, spec):
        yield new.places.problem(place, text)
