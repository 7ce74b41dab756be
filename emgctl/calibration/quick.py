"""Calibrating in ten seconds: a person's model from the population's, without a network and without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from emgctl.calibration.gestures import corrected, hold, kept, record
from emgctl.calibration.history import FULL, QUICK, SYNC, USE, Entry, History, further_file
from emgctl.calibration.options import Calibration, CalibrationUI
from emgctl.calibration.protocol import Prompt, announced, script
from emgctl.calibration.quick_card import quick_card
from emgctl.calibration.quick_decisions import SMOOTHING, WINDOWS, chosen_for, recognized_own
from emgctl.calibration.quick_protocol import (
    CASUAL_S,
    REFRESHING,
    check_ring,
    features_of,
    held_out,
    holds_of,
    joined,
    quick_script,
)
from emgctl.calibration.quick_score import Score, decides, score
from emgctl.calibration.verdict import has_failed, verdict
from emgctl.errors import CalibrationError, UsageError
from emgctl.inference.population.graph import personal_model_bytes
from emgctl.inference.population.model import Holds, PopulationModel, Values
from emgctl.inference.population.personal import PersonalModel
from emgctl.profile.edit import Value
from emgctl.profile.load import Profile
from emgctl.recording.reader import read_recording
from emgctl.support.atomic_write import read_bytes, write_bytes
from emgctl.support.vetting import vouch
from emgctl.training.data.provenance import Contents, datasets, seen
from emgctl.types import Recording

DWELL_S, STAY = 0.2, 0.4
FORGOTTEN = 0.02  # balanced accuracy that may be lost on earlier data by learning from use
CERTAIN = 0.7  # of how the armband is worn


@dataclass(frozen=True, slots=True)
class QuickCalibration:
    """A quick calibration of a profile; ``unwanted`` movements and casual ones are recorded to be ignored."""

    profile: Profile
    history: History
    into: Path
    rest: str
    population: PopulationModel
    ui: CalibrationUI
    arm: str
    rotation: int  # which the profile compensates for, and the person's model does now
    accepted_per_minute: float  # activations at rest that are acceptable

    def calibrate(self, gestures: Sequence[str], unwanted: Sequence[str], casual: bool) -> Calibration:
        """Prompt for rest and each gesture once, and make the person's model.

        Raises:
            UsageError: the signal is of no ring that the population knows.
            CalibrationError: the gestures can't be distinguished; nothing is changed.
            EmgctlError: something can't be recorded or written; nothing is changed.
        """
        name = self.history.new_name(datetime.now().astimezone())
        with self.history.noting_failure(name, QUICK, gestures, 1):
            steps = quick_script(gestures, self.rest, unwanted, CASUAL_S if casual else 0.0)
            recording = self._record(name, steps)
            return self._keep_new(name, QUICK, [recording], self._holds(recording), gestures)

    def calibrate_fully(self, gestures: Sequence[str], repetitions: int, hold_s: float, rest_s: float) -> Calibration:
        """Prompt for each gesture several times with rest between them; its begin and end are those of the muscles.

        Raises:
            EmgctlError: as of :meth:`calibrate`.
        """
        steps = script(gestures, self.rest, repetitions, hold_s, rest_s)
        name = self.history.new_name(datetime.now().astimezone())
        self.ui.notify(announced(steps, gestures, repetitions))
        check = partial(check_ring, self.population)
        with self.history.noting_failure(name, FULL, gestures, repetitions):
            files = hold(self.profile, self.history.folder / f"{name}.h5", name, steps, self.rest, self.ui, check)
            recordings, holds = self._by_muscles(files)
            return self._keep_new(name, FULL, recordings, holds, gestures, repetitions)

    def sync(self, recorded: Path | None = None) -> Calibration:
        """Prompt for a fist and an extension as the armband is worn today, and update the person's model.

        Args:
            recorded: what was recorded with labels today, in the history's folder, so that nothing is prompted.

        Raises:
            UsageError: there is no quick calibration to update.
            EmgctlError: as of :meth:`calibrate`; a model that is worse than the one in use is an error, too.
        """
        entries = self._begun()
        earlier, recordings = self._person(entries)
        known = [one for one in REFRESHING if one in earlier.labels]
        name = recorded.stem if recorded else self.history.new_name(datetime.now().astimezone())
        gestures = entries[-1].gestures
        with self.history.noting_failure(name, SYNC, gestures, 1):
            recording = read_recording(recorded) if recorded else self._record(name, quick_script(known, self.rest))
            holds = self._holds(recording)
            person, found, before = self._updated(earlier, holds, name)
            times = min(map(len, holds.values()))
            done = self._keep(name, SYNC, person, [*recordings, recording], gestures, found, times)
            return replace(done, before=before.share)

    def _updated(self, earlier: PersonalModel, holds: Holds, name: str) -> tuple[PersonalModel, Score, Score]:
        """The person as the armband is worn today, and how well it and the one before decide what it has not seen.

        Raises:
            CalibrationError: that is worse than the model in use.
        """
        gestures = tuple(label for label in holds if label != earlier.labels[0])
        first, later = held_out(holds, self.population, by_repetition=True)
        before, found = (score(one, later, gestures) for one in (earlier, self.population.refresh(earlier, first)))
        if found.share < before.share or has_failed(found.share, 1 + len(gestures)):
            raise self._failure(
                f"the updated model is {found}, the one in use {100 * before.share:.0f} %, which stays; "
                "nothing was changed",
                name,
                found,
            )
        return self.population.refresh(earlier, holds), found, before

    def learn_from_use(self, files: Sequence[Path]) -> Calibration:
        """Update the person's model by recordings of use, whose gestures nobody has to know.

        Raises:
            UsageError: there is no quick calibration to update, a recording is of no ring that the population knows, or
                it was learned from before.
            CalibrationError: what was calibrated would be decided worse; nothing is changed.
            EmgctlError: a recording can't be read, or something can't be written.
        """
        entries = self._begun()
        earlier, recordings = self._person(entries)
        used = [read_recording(file) for file in files]
        person = self._learned(earlier, used)
        gestures = entries[-1].gestures
        _, holds = self._labelled(next(entry for entry in reversed(entries) if entry.kind in (QUICK, FULL)))
        known = [name for name in gestures if name in holds]
        before, found = (score(one, holds, known) for one in (earlier, person))
        if found.share < before.share - FORGOTTEN:
            raise self._failure(
                f"after learning from use, the model is {found} on what was calibrated, before "
                f"{100 * before.share:.0f} %; the one in use stays, and nothing was changed",
                found=found,
            )
        name = self.history.new_name(datetime.now().astimezone())
        return self._keep(name, USE, person, [*recordings, *used], gestures, found, copied=files)

    def _begun(self) -> list[Entry]:
        """The history, which has a model of the population."""
        entries = self.history.entries()
        if not entries or entries[-1].kind not in (QUICK, FULL, SYNC, USE):
            raise UsageError(
                f"there is no quick calibration to update yet; begin with {self.ui.name('quick')}, or use "
                f"{self.ui.name('refresh')} for the model of a full calibration"
            )
        return entries

    def _person(self, entries: Sequence[Entry]) -> tuple[PersonalModel, list[Recording]]:
        """The person as the latest calibrations show them, from the recordings that are kept."""
        first = max(place for place, one in enumerate(entries) if one.kind in (QUICK, FULL))
        recordings, holds = self._labelled(entries[first])
        person = self.population.fit(holds, arm=entries[first].arm or self.arm)
        for entry in entries[first + 1 :]:
            if entry.kind == USE:
                more = [read_recording(file) for file in self.history.files(entry)]
                person = self._learned(person, more)
            else:
                more, holds = self._labelled(entry)
                person = self.population.refresh(person, holds)
            recordings = recordings + more
        return person, recordings

    def _learned(self, person: PersonalModel, used: Sequence[Recording]) -> PersonalModel:
        """The person after recordings of use."""
        for recording in used:
            check_ring(self.population, recording.signal)
            features, _ = features_of(recording.samples, self.population)
            person = self.population.fit_unlabelled(features, start=person)
        return person

    def _labelled(self, entry: Entry) -> tuple[list[Recording], dict[str, list[Values]]]:
        """The recordings of a calibration, and its holds."""
        files = self.history.files(entry)
        if entry.kind == FULL:
            return self._by_muscles(files)
        recording = read_recording(files[0])
        return [recording], self._holds(recording)

    def _by_muscles(self, files: Sequence[Path]) -> tuple[list[Recording], dict[str, list[Values]]]:
        """Recordings with a rest before each gesture, and their holds, which begin and end as the muscles do."""
        recordings = [corrected(file, self.rest, self.ui) for file in files]
        return recordings, joined([holds_of(one, self.population, self.rest, 0.0) for one in recordings])

    def _holds(self, recording: Recording) -> dict[str, list[Values]]:
        return holds_of(recording, self.population, self.rest)

    def _record(self, name: str, steps: Sequence[Prompt]) -> Recording:
        file = self.history.folder / f"{name}.h5"
        seconds = sum(step.seconds for step in steps)
        self.ui.notify(f"{seconds:.0f} s: {', '.join(step.label for step in steps)}, one after the other")
        record(self.profile, file, name, steps, self.rest, self.ui, partial(check_ring, self.population))
        return read_recording(file)

    def _failure(self, reason: str, recorded: str = "", found: Score | None = None) -> CalibrationError:
        """The error of a model that is not used; ``recorded`` is the calibration's name, "" without a recording."""
        advice = ("check that every electrode touches the skin, make the gestures more different, and try again",)
        file = self.history.folder / f"{recorded}.h5" if recorded else None
        return CalibrationError(reason, advice if recorded else (), self.into, file, found.figures if found else None)

    def _keep_new(
        self,
        name: str,
        kind: str,
        recordings: Sequence[Recording],
        holds: Holds,
        gestures: Sequence[str],
        repetitions: int = 1,
    ) -> Calibration:
        """Test a new model on what it has not seen, fit it to everything, and keep it."""
        first, later = held_out(holds, self.population, by_repetition=repetitions > 1)
        found = score(self.population.fit(first, arm=self.arm), later, gestures)
        if has_failed(found.share, 1 + len(gestures)):
            raise self._failure(f"only {found}: the model is not used and nothing else was changed", name, found)
        person = self.population.fit(holds, arm=self.arm)
        return self._keep(name, kind, person, recordings, gestures, found, repetitions)

    def _keep(
        self,
        name: str,
        kind: str,
        person: PersonalModel,
        recordings: Sequence[Recording],
        gestures: Sequence[str],
        found: Score,
        repetitions: int = 1,
        copied: Sequence[Path] = (),
    ) -> Calibration:
        """Write the model and the history; ``copied`` are recordings that lie elsewhere."""
        classifier = decides(person, gestures)
        chosen = chosen_for(self.accepted_per_minute) if kind in (QUICK, FULL) else None
        latest = None if chosen else self.history.entries()[-1]
        data, codes = datasets(recordings), Contents(recordings).everything
        card = quick_card(person, classifier, self.rest, datasets=data, seen=seen(codes, None))
        model = personal_model_bytes(person, classifier, card)
        entry = Entry(
            made=name,
            kind=kind,
            gestures=tuple(gestures),
            repetitions=repetitions,
            balanced_accuracy=found.share,
            sha256=hashlib.sha256(model).hexdigest(),
            model=f"{name}.onnx",
            recording=f"{name}.h5",
            enter=chosen.enter if chosen else latest.enter if latest else None,
            smoothing=SMOOTHING if chosen else latest.smoothing if latest else "",
            smoothing_windows=WINDOWS if chosen else latest.smoothing_windows if latest else 0,
            arm="left" if person.ring.placement.mirrored else "right",
            compensated=self.rotation,
        )
        file = self.history.folder / entry.recording
        for number, source in enumerate(copied):
            write_bytes(further_file(file, number) if number else file, read_bytes(source))
        self.history.add(entry, model, self.into, values=self._decisions())
        vouch(self.into)
        rates = []
        if chosen:
            own = recognized_own(recordings, classifier, self.population, self.rest, chosen.options(STAY, DWELL_S))
            rates = chosen.sentences(self.accepted_per_minute, own)
        advice = (*self._advice(person, kind, found.share, repetitions), *rates, kept(self.history, self.ui))
        return Calibration(entry, self.into, advice, found.figures)

    def _decisions(self) -> dict[tuple[str, ...], Value]:
        """The post-processing that goes with a decision at every packet."""
        values: dict[str, Value] = {
            "stay": STAY,
            "min_dwell_s": DWELL_S,
        }
        more: dict[tuple[str, ...], Value] = {("decoder", "rotation"): 0} if self.rotation else {}
        return more | {("decoder", "postprocessing", key): value for key, value in values.items()}

    def _advice(self, person: PersonalModel, kind: str, share: float, repetitions: int) -> list[str]:
        tested = "the end of each gesture (of the same hold, so optimistic)"
        if repetitions > 1:
            tested = f"repetition {repetitions}"
        if kind == USE:
            tested = "what was calibrated before (so too good)"
        found = [
            f"{100 * share:.0f} % right on {tested}: {verdict(share)}",
            f"the armband: {person.ring.placement}",
        ]
        if person.ring.fits_nobody:
            found.append(
                f"warning: what the electrodes show fits none of the {person.prior.card.people} people of the "
                "population: check that every electrode touches the skin, that the armband is on the forearm near the "
                f"elbow, and that it is the {'left' if person.ring.placement.mirrored else 'right'} arm"
            )
        elif person.ring.confidence < CERTAIN:
            found.append(
                "warning: how the armband is worn is uncertain"
                + ("" if {*REFRESHING} <= {*person.shown} else f"; calibrate {' and '.join(REFRESHING)}, too")
            )
        return found
