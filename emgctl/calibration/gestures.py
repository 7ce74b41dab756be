"""The two halves of a calibration: prompting and recording, then training on the recording."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.calibration.calibrated_profile import CONTRASTIVE
from emgctl.calibration.candidate import Candidate
from emgctl.calibration.history import CALIBRATION, DROP, FULL, REFRESH, Entry, History, again_file
from emgctl.calibration.options import Calibration, CalibrationUI
from emgctl.calibration.protocol import Prompt, retry_protocol
from emgctl.errors import EmgctlError, UsageError, did_you_mean

if TYPE_CHECKING:
    from emgctl.calibration.threshold import Threshold
    from emgctl.inference.postprocessing import PostProcessing
    from emgctl.profile.load import Profile
    from emgctl.training.data.preprocess_spec import PreprocessRequest
    from emgctl.types import Recording, Signal


def hold(
    profile: Profile,
    out: Path,
    session: str,
    steps: Sequence[Prompt],
    rest: str,
    ui: CalibrationUI,
    check: Callable[[Signal], None] = lambda _signal: None,
) -> list[Path]:
    """Record a session, and once more the repetitions in which no muscle worked; the files that were written."""
    from emgctl.calibration.relabel import relabel_by_onset
    from emgctl.recording.reader import read_recording

    record(profile, out, session, steps, rest, ui, check)
    _, idle, _ = relabel_by_onset(read_recording(out), rest)
    if not idle:
        return [out]
    ui.notify(f"no muscle worked in {' and '.join(map(str, idle))}; once more:")
    hold_s = max(step.seconds for step in steps if step.label != rest)
    rest_s = min(step.seconds for step in steps if step.label == rest)
    again = retry_protocol([(one.label, one.repetition) for one in idle], rest, hold_s, rest_s)
    record(profile, again_file(out), session, again, rest, ui)
    return [out, again_file(out)]


def record(
    profile: Profile,
    out: Path,
    session: str,
    steps: Sequence[Prompt],
    rest: str,
    ui: CalibrationUI,
    check: Callable[[Signal], None] = lambda _signal: None,
) -> None:
    """Record a session of the profile's input; ``check`` may refuse its signal."""
    from emgctl.calibration.session import run_session
    from emgctl.runtime.shutdown import ShutdownFlag

    with ui.prompts() as screen, ShutdownFlag() as stop:
        run_session(profile.input, steps, out, profile.user, session, rest, screen, stop, check, ui.observer)


@dataclass(frozen=True, slots=True)
class Learning:
    """How a model is made of calibration recordings and put where the profile looks for it."""

    history: History
    into: Path
    rest: str
    accepted_per_minute: float
    model: str
    preprocess: PreprocessRequest
    postprocessing: PostProcessing | None  # None: the decoder has no threshold to choose
    decoder: str
    ui: CalibrationUI
    moves_classes: bool = False  # a refresh moves the classes of the contrastive model in use, and trains nothing

    def learn(
        self,
        files: Sequence[tuple[Path, int]],
        name: str,
        kind: str,
        repetitions: int,
        gone: Collection[str] = (),
        dropped: Collection[str] = (),
    ) -> Calibration:
        """Fit, test, export, keep, and describe how good it is.

        Args:
            files: with the armband's rotation, the latest last.
            name: of this calibration.
            kind: calibration, refresh or drop.
            repetitions: of each gesture in the latest recording.
            gone: gestures that the recordings may have and the model is not to have.
            dropped: those of them that the profile is not to have any longer, either.

        Raises:
            CalibrationError: the model is too poor to be used, or to replace the one in use; nothing is changed.
        """
        from emgctl.calibration.acceptance import check_gestures, is_worse
        from emgctl.calibration.advice import advice
        from emgctl.calibration.in_use import accuracy_in_use
        from emgctl.calibration.threshold import choose_enter

        recordings = _all_corrected(files, self.rest, gone, self.ui)
        made = self.history.folder / f"{name}.h5"
        latest = [one for one, (file, _) in zip(recordings, files, strict=True) if file in (made, again_file(made))]
        if self.moves_classes:
            from emgctl.calibration.moved_classes import with_moved_classes

            candidate = with_moved_classes(self.into, latest)
        else:
            candidate = self._fitted(recordings, len(latest), kind, repetitions)
        in_use = None
        if kind == REFRESH:
            in_use = accuracy_in_use(self.into, self.decoder, latest)
            if is_worse(candidate.result, in_use, self.into, made, self.ui):
                return self._unchanged(candidate.result, in_use, made, repetitions)
        gestures = tuple(label for label in candidate.labels if label != self.rest)
        seen = None if kind == DROP else made
        check_gestures(candidate.result, gestures, self.history, self.into, seen, kind, self.ui)
        self.ui.progress("export", 0, 1)
        model = candidate.content()
        limit = None if self.postprocessing is None else choose_enter(
            candidate.windows, candidate.tested, candidate.probabilities, self.rest, self.postprocessing,
            self.accepted_per_minute,
        )  # fmt: skip
        entry = self._entry(candidate.result, gestures, model, name, kind, repetitions, files, limit)
        self.history.add(entry, model, self.into, dropped)
        before = [] if in_use is None else [f"the model before was {100 * in_use:.1f} % right on that"]
        sentences = (*advice(candidate.result), *before, *self._about(limit), kept(self.history, self.ui))
        return Calibration(entry, self.into, sentences, candidate.result, before=in_use)

    def _fitted(self, recordings: Sequence[Recording], latest: int, kind: str, repetitions: int) -> Candidate:
        """A model fitted to recordings, of which so many are the latest."""
        from emgctl.calibration.fit import fit_calibration
        from emgctl.inference.model import Model
        from emgctl.training.export.onnx import export
        from emgctl.training.export.warm_start import PretrainedModel

        goes_on = kind == REFRESH and self.into.exists() and self.decoder != CONTRASTIVE
        earlier = PretrainedModel.read(self.into) if goes_on else None
        trained = fit_calibration(
            recordings,
            self.rest,
            repetitions,
            self.ui.progress,
            model=self.model,
            refresh=kind == REFRESH,
            latest=latest,
            earlier=earlier,
            preprocess=self.preprocess,
            decoder=self.decoder,
            wraps=self.decoder == "grid" and self.into.exists() and Model.load(self.into).card.wraps,
        )

        def content() -> bytes:
            with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
                path, like = Path(folder) / self.into.name, earlier.data if earlier else None
                export(trained.fitted.classifier, trained.card, trained.examples, path, like, trained.fitted.classes)
                return path.read_bytes()

        tested = trained.windows, trained.tested, trained.probabilities
        return Candidate(trained.card.labels, trained.result, *tested, content)

    def _unchanged(
        self, figures: dict[str, Any], in_use: float | None, recording: Path, repetitions: int
    ) -> Calibration:
        """What is returned where the refreshed model is worse than the one in use."""
        before = self.history.entries()[-1]
        today = Entry(
            recording.stem, REFRESH, before.gestures, repetitions, figures["balanced_accuracy"], "", "", recording.name
        )
        self.history.note_unused(today, "worse than the model in use")
        sentences = (
            f"the model in use is {100 * (in_use or 0.0):.1f} % right today, the refreshed one would be "
            f"{100 * figures['balanced_accuracy']:.1f} % (each on what it had not seen), so it is not replaced",
            f"the recording is kept in {recording}",
        )
        return Calibration(before, self.into, sentences, figures, replaced=False, before=in_use)

    def _about(self, limit: Threshold | None) -> list[str]:
        """What the threshold gives, or why none was chosen."""
        from emgctl.calibration.threshold import LEAST_REST_S

        if self.postprocessing is None:
            return []
        if limit is not None:
            return [str(limit)]
        return [
            f"less than {LEAST_REST_S:g} s of rest were held out, too little to choose how certain a gesture has to "
            f"be; that stays as it was (longer rests: {self.ui.name('rest_s')})"
        ]

    def _entry(
        self, result: Mapping[str, Any], gestures: tuple[str, ...], model: bytes, name: str, kind: str,
        repetitions: int, files: Sequence[tuple[Path, int]], limit: Threshold | None,
    ) -> Entry:  # fmt: skip
        return Entry(
            made=name,
            kind=kind,
            gestures=gestures,
            repetitions=repetitions,
            balanced_accuracy=None if result["leaks"] else result["balanced_accuracy"],
            sha256=hashlib.sha256(model).hexdigest(),
            model=f"{name}.onnx",
            recording="" if kind == DROP else f"{name}.h5",
            enter=limit.enter if limit else None,
            rotation=files[-1][1],
        )


def kept(history: History, ui: CalibrationUI) -> str:
    """What the history's folder keeps, in a sentence."""
    entries = history.entries()
    files = sum(len(history.files(entry)) for entry in entries)
    back = f"; {ui.name('rollback_calibration')} goes back to the one before" if len(entries) > 1 else ""
    models = "1 model" if len(entries) == 1 else f"{len(entries)} models"
    unused = sum(bool(entry.unused) for entry in history.all_entries())
    others = f", and {unused} that {'is' if unused == 1 else 'are'} not used" if unused else ""
    recordings = "1 recording" if files == 1 else f"{files} recordings"
    return f"{history.folder.name} keeps {recordings} and {models}{others}{back}"


def drop(learning: Learning, gestures: Sequence[str], name: str, use_earlier: bool) -> Calibration:
    """Make a model without some gestures of what was recorded before, and take them out of the profile.

    Raises:
        UsageError: there is no calibration, it has no such gesture, or none would be left.
    """
    history, ui = learning.history, learning.ui
    if not (entries := history.entries()):
        raise UsageError("there is no calibration to drop a gesture from; take it out of the profile's mapping")
    known = entries[-1].gestures
    for gesture in gestures:
        if gesture not in known:
            raise UsageError(
                f"{ui.name('drop')} {gesture}: the latest calibration has no such gesture{did_you_mean(gesture, known)}"
            )
    if not set(known) - set(gestures):
        raise UsageError(f"no gesture would be left; calibrate others instead, with {ui.name('gestures')}")
    last = next((place for place in range(len(entries) - 1, -1, -1) if entries[place].kind == CALIBRATION), None)
    if last is None:
        raise UsageError(
            f"{ui.name('drop')} is for the model of a full calibration; calibrate the gestures that are left, with "
            f"{ui.name('quick')} or {ui.name('model')} {FULL} as before"
        )
    first = 0 if use_earlier or last < len(entries) - 1 else last
    files = history.recordings(first)
    done = learning.learn(files, name, DROP, entries[last].repetitions, history.dropped() | set(gestures), gestures)
    dropped = (
        f"{', '.join(gestures)}: no longer in the model or in {history.profile}; the recordings stay in "
        f"{history.folder.name}, and {ui.name('gestures')} calibrates what was dropped anew"
    )
    return replace(done, advice=(*done.advice, dropped))


def corrected(path: Path, rest: str, ui: CalibrationUI, rotation: int = 0) -> Recording:
    """A calibration recording with labels that follow the muscles, as if the armband were not turned."""
    from emgctl.calibration.relabel import relabel_by_onset
    from emgctl.inference.model import rotation_order
    from emgctl.recording.reader import read_recording

    recording, idle, _ = relabel_by_onset(read_recording(path), rest)
    for one in idle:
        ui.notify(f"warning: {path.name}: no muscle worked in {one}; it is left out")
    if rotation:
        order = rotation_order(recording.signal.channels, rotation)
        recording = replace(recording, samples=recording.samples[:, order])
    return recording


def _all_corrected(
    files: Sequence[tuple[Path, int]], rest: str, gone: Collection[str], ui: CalibrationUI
) -> list[Recording]:
    from emgctl.recording.windows import labels_in, without_labels

    recordings = [corrected(file, rest, ui, rotation) for file, rotation in files]
    known = {name for one in recordings for name in labels_in(one)}
    recordings = without_labels(recordings, sorted(known & set(gone)))
    asked = {name for one in recordings for name in one.label_names} - set(gone)
    there = {name for one in recordings for name in labels_in(one)}
    if idle := sorted(asked - there):
        where = files[-1][0]
        raise EmgctlError(
            f"{where}: no muscle worked in any {' or '.join(idle)}; check the electrodes, and calibrate again"
        )
    return recordings
