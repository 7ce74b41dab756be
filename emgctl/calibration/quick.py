"""Calibrating in ten seconds: a person's model from the population's, without a network and without torch."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from emgctl.calibration.gestures import corrected, hold, kept, record
from emgctl.calibration.history import Entry, History, again_file
from emgctl.calibration.options import Calibration, CalibrationUI
from emgctl.calibration.protocol import Prompt, script
from emgctl.calibration.quick_protocol import (
    CASUAL_S,
    HOP_S,
    REACTION_S,
    REFRESHING,
    check_ring,
    holds_of,
    quick_script,
)
from emgctl.calibration.quick_score import check_remembers, decides, new_model_score, updated_model_score
from emgctl.calibration.verdict import verdict
from emgctl.errors import UsageError
from emgctl.inference.population.graph import model_card, personal_model_bytes
from emgctl.inference.population.model import PopulationModel, Values
from emgctl.inference.population.personal import OTHER, PersonalModel
from emgctl.profile.edit import Value
from emgctl.profile.load import Profile
from emgctl.recording.reader import read_recording
from emgctl.support.atomic_write import write_bytes
from emgctl.support.vetting import vouch
from emgctl.training.data.provenance import Contents, datasets, seen
from emgctl.types import Recording

DECISION_S = 0.01  # a decision at every packet of an armband
SMOOTHING_S, DWELL_S, ENTER, STAY = 0.3, 0.2, 0.6, 0.4
QUICK, FULL, SYNC, USE = "quick", "population", "sync", "use"
CERTAIN = 0.7  # of how the armband is worn


def write_preview(into: Path, gestures: Sequence[str], rest: str, population: PopulationModel) -> None:
    """Write a model of the population's mean, with which a run shows what it would do, and moves nothing.

    Raises:
        UsageError: there is a model already, or the population knows no such gesture.
        FileError: the file can't be written.
    """
    if into.exists():
        raise UsageError(f"{into} is there already; a preview replaces no model")
    person = population.preview()
    classifier = person.classifier((person.labels[0], *gestures), OTHER)
    card = model_card(person, classifier, round(DECISION_S * population.features.rate_hz), rest)
    card = card.model_copy(update={"rest": rest, "labels": (rest, *card.labels[1:]), "preview": True})
    write_bytes(into, personal_model_bytes(person, classifier, card))
    vouch(into)


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
    rotated: bool  # the profile compensates for a rotation, which the person's model does now

    def calibrate(self, gestures: Sequence[str], unwanted: Sequence[str], casual: bool) -> Calibration:
        """Ask for rest and each gesture once, and make the person's model.

        Raises:
            UsageError: the signal is of no ring that the population knows.
            EmgctlError: something can't be recorded or written, or the gestures can't be told apart; nothing changes.
        """
        steps = quick_script(gestures, self.rest, unwanted, CASUAL_S if casual else 0.0)
        name, recording = self._record(steps)
        holds = self._holds(recording)
        share = new_model_score(self.population, holds, gestures, self.arm)
        return self._keep(name, QUICK, self.population.fit(holds, arm=self.arm), [recording], gestures, share)

    def calibrate_fully(self, gestures: Sequence[str], repetitions: int, hold_s: float, rest_s: float) -> Calibration:
        """Ask for each gesture several times with rest between them; its begin and end are those of the muscles.

        Raises:
            UsageError: the signal is of no ring that the population knows.
            EmgctlError: as of :meth:`calibrate`.
        """
        steps = script(gestures, self.rest, repetitions, hold_s, rest_s)
        name = self.history.new_name(datetime.now().astimezone())
        self.ui.notify(f"{sum(step.seconds for step in steps):.0f} s: {', '.join(gestures)}, {repetitions} times each")
        check = partial(check_ring, self.population)
        files = hold(self.profile, self.history.folder / f"{name}.h5", name, steps, self.rest, self.ui, check)
        recordings = [corrected(file, self.rest, self.ui) for file in files]
        holds = self._joined([self._holds(one, 0.0) for one in recordings])
        share = new_model_score(self.population, holds, gestures, self.arm, by_repetition=repetitions > 1)
        person = self.population.fit(holds, arm=self.arm)
        return self._keep(name, FULL, person, recordings, gestures, share, repetitions)

    def sync(self) -> Calibration:
        """Ask for a fist and an extension as the armband is worn today, and update the person's model.

        Raises:
            UsageError: there is no quick calibration to update.
            EmgctlError: as of :meth:`calibrate`.
        """
        self._check_begun()
        earlier, recordings = self._person()
        known = [one for one in REFRESHING if one in earlier.labels]
        name, recording = self._record(quick_script(known, self.rest))
        holds = self._holds(recording)
        share = updated_model_score(self.population, earlier, holds)
        person = self.population.refresh(earlier, holds)
        return self._keep(name, SYNC, person, [*recordings, recording], self.history.entries()[-1].gestures, share)

    def learn_from_use(self, files: Sequence[Path]) -> Calibration:
        """Update the person's model by recordings of use, whose gestures nobody has to know.

        Raises:
            UsageError: there is no quick calibration to update, or a recording is of no ring that the population knows.
            EmgctlError: a recording can't be read, or what was calibrated would be decided worse; nothing changes.
        """
        self._check_begun()
        earlier, recordings = self._person()
        used = [read_recording(file) for file in files]
        datasets([*recordings, *used])  # refuses what was learned from before
        person = earlier
        for one in used:
            person = self.population.fit_unlabelled(self._features(one), start=person)
        gestures = self.history.entries()[-1].gestures
        labelled = [self._labelled(entry)[1] for entry in self.history.entries() if entry.kind in (QUICK, FULL)]
        share = check_remembers(earlier, person, labelled[-1], gestures)
        name = self.history.new_name(datetime.now().astimezone())
        for place, file in enumerate(files):
            shutil.copyfile(file, self.history.folder / (f"{name}.h5" if not place else f"{name}.{place}.h5"))
        return self._keep(name, USE, person, [*recordings, *used], gestures, share)

    def _check_begun(self) -> None:
        entries = self.history.entries()
        if not entries or entries[-1].kind not in (QUICK, FULL, SYNC, USE):
            raise UsageError(
                f"there is no quick calibration to update yet; begin with {self.ui.name('quick')}, or use "
                f"{self.ui.name('refresh')} for the model of a full calibration"
            )

    def _person(self) -> tuple[PersonalModel, list[Recording]]:
        """The person as the latest calibrations show them, from the recordings that are kept."""
        entries = self.history.entries()
        first = max(place for place, one in enumerate(entries) if one.kind in (QUICK, FULL))
        read, holds = self._labelled(entries[first])
        person, recordings = self.population.fit(holds, arm=entries[first].arm or self.arm), list(read)
        for entry in entries[first + 1 :]:
            if entry.kind == USE:
                file = self.history.folder / entry.recording
                more = [read_recording(one) for one in (file, *sorted(file.parent.glob(f"{file.stem}.*.h5")))]
                for one in more:
                    person = self.population.fit_unlabelled(self._features(one), start=person)
            else:
                more, holds = self._labelled(entry)
                person = self.population.refresh(person, holds)
            recordings += more
        return person, recordings

    def _labelled(self, entry: Entry) -> tuple[list[Recording], dict[str, list[Values]]]:
        """The recordings of a calibration, and its holds."""
        file = self.history.folder / entry.recording
        if entry.kind != FULL:
            recording = read_recording(file)
            return [recording], self._holds(recording)
        files = [one for one in (file, again_file(file)) if one == file or one.exists()]
        read = [corrected(one, self.rest, self.ui) for one in files]
        return read, self._joined([self._holds(one, 0.0) for one in read])

    def _features(self, recording: Recording) -> Values:
        """Of all sound windows of a recording, ``(N, F)``."""
        check_ring(self.population, recording.signal)
        values, _ = self.population.features.of_signal(
            recording.samples, max(1, round(HOP_S * recording.signal.rate_hz))
        )
        sound: Values = values[np.isfinite(values).all(axis=1)]
        return sound

    def _record(self, steps: Sequence[Prompt]) -> tuple[str, Recording]:
        name = self.history.new_name(datetime.now().astimezone())
        file = self.history.folder / f"{name}.h5"
        seconds = sum(step.seconds for step in steps)
        self.ui.notify(f"{seconds:.0f} s: {', '.join(step.label for step in steps)}, one after the other")
        check = partial(check_ring, self.population)
        record(self.profile, file, name, steps, self.rest, self.ui, check)
        return name, read_recording(file)

    def _holds(self, recording: Recording, reaction_s: float = REACTION_S) -> dict[str, list[Values]]:
        check_ring(self.population, recording.signal)
        rest = self.population.prior.labels[0]
        return holds_of(recording, self.population.features, self.rest, rest, reaction_s)

    def _joined(self, parts: Sequence[Mapping[str, list[Values]]]) -> dict[str, list[Values]]:
        """The holds of several recordings of one session."""
        names = dict.fromkeys(name for one in parts for name in one)
        return {name: [held for one in parts for held in one.get(name, [])] for name in names}

    def _keep(
        self,
        name: str,
        kind: str,
        person: PersonalModel,
        recordings: Sequence[Recording],
        gestures: Sequence[str],
        share: float,
        repetitions: int = 1,
    ) -> Calibration:
        classifier = decides(person, gestures)
        card = model_card(person, classifier, max(1, round(DECISION_S * person.prior.features.rate_hz)), self.rest)
        content = Contents(recordings)
        card = card.model_copy(
            update={
                "rest": self.rest,
                "labels": (self.rest, *card.labels[1:]),
                "datasets": datasets(recordings),
                "seen": seen(content.everything, None),
            }
        )
        model = personal_model_bytes(person, classifier, card)
        entry = Entry(
            made=name,
            kind=kind,
            gestures=tuple(gestures),
            repetitions=repetitions,
            balanced_accuracy=share,
            sha256=hashlib.sha256(model).hexdigest(),
            model=f"{name}.onnx",
            recording=f"{name}.h5",
            enter=ENTER,
            arm="left" if person.ring.placement.mirrored else "right",
        )
        self.history.add(entry, model, self.into, values=self._decisions())
        vouch(self.into)
        return Calibration(
            entry, self.into, (*self._advice(person, kind, share, repetitions), kept(self.history, self.ui)), {}
        )

    def _decisions(self) -> dict[tuple[str, ...], Value]:
        """The post-processing that goes with a decision at every packet."""
        values: dict[str, Value] = {
            "smoothing": "mean",
            "smoothing_windows": round(SMOOTHING_S / DECISION_S),
            "stay": STAY,
            "min_dwell_s": DWELL_S,
        }
        more: dict[tuple[str, ...], Value] = {("decoder", "rotation"): 0} if self.rotated else {}
        return more | {("decoder", "postprocessing", key): value for key, value in values.items()}

    def _advice(self, person: PersonalModel, kind: str, share: float, repetitions: int) -> list[str]:
        tested = "the end of each gesture (of the same hold, so rather too good)"
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
