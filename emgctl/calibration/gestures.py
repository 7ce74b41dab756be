"""The two halves of a calibration: what the person does, and what is learnt from it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.calibration.history import Entry, History, again_file
from emgctl.calibration.options import Calibration, CalibrationUI
from emgctl.calibration.protocol import Step, again

if TYPE_CHECKING:
    from emgctl.calibration.threshold import Threshold
    from emgctl.inference.postprocessing import PostProcessing
    from emgctl.profile.load import Profile
    from emgctl.training.data.preprocess_spec import Wanted
    from emgctl.training.experiment import Trained
    from emgctl.types import Recording


def hold(profile: Profile, out: Path, session: str, steps: Sequence[Step], rest: str, ui: CalibrationUI) -> list[Path]:
    """Record a session, and once more the repetitions in which no muscle worked; the files that were written."""
    from emgctl.calibration.relabel import from_cues
    from emgctl.calibration.session import hold_session
    from emgctl.recording.reader import read_recording
    from emgctl.runtime.shutdown import Stopper

    def record(file: Path, wanted: Sequence[Step]) -> None:
        with ui.prompts() as screen, Stopper() as stop:
            hold_session(profile.input, wanted, file, profile.user, session, rest, screen, stop)

    record(out, steps)
    _, idle, _ = from_cues(read_recording(out), rest)
    if not idle:
        return [out]
    ui.notify(f"no muscle worked in {' and '.join(map(str, idle))}; once more:")
    hold_s = max(step.seconds for step in steps if step.label != rest)
    rest_s = min(step.seconds for step in steps if step.label == rest)
    record(again_file(out), again([(one.label, one.repetition) for one in idle], rest, hold_s, rest_s))
    return [out, again_file(out)]


@dataclass(frozen=True, slots=True)
class Learning:
    """How a model is made of calibration recordings and put where the profile looks for it."""

    history: History
    into: Path
    rest: str
    wanted_per_minute: float
    model: str
    preprocess: Wanted
    postprocessing: PostProcessing
    decoder: str
    ui: CalibrationUI

    def learn(self, files: Sequence[tuple[Path, int]], name: str, kind: str, repetitions: int) -> Calibration:
        """Fit, test, export, keep and say how good it is; ``files`` with the armband's rotation, the latest last."""
        from emgctl.calibration.fit import advice, fit_calibration
        from emgctl.calibration.threshold import choose_enter
        from emgctl.inference.model import Model
        from emgctl.training.export.onnx import export
        from emgctl.training.export.warm_start import Earlier

        recordings, progress = _all_corrected(files, self.rest, self.ui), self.ui.progress
        earlier = Earlier.read(self.into) if kind == "refresh" and self.into.exists() else None
        trained = fit_calibration(
            recordings,
            self.rest,
            repetitions,
            progress,
            model=self.model,
            refresh=kind == "refresh",
            earlier=earlier,
            preprocess=self.preprocess,
            decoder=self.decoder,
            wraps=self.decoder == "grid" and self.into.exists() and Model.load(self.into).card.wraps,
        )
        progress("export", 0, 1)
        with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
            path, like = Path(folder) / self.into.name, earlier.data if earlier else None
            export(trained.fitted.classifier, trained.card, trained.examples, path, like)
            model = path.read_bytes()
        limit = choose_enter(
            trained.windows, trained.tested, trained.probabilities, self.rest, self.postprocessing,
            self.wanted_per_minute,
        )  # fmt: skip
        entry = self._entry(trained, model, name, kind, repetitions, files, limit)
        self.history.add(entry, model, self.into)
        sentences = (*advice(trained.result), *([str(limit)] if limit else []))
        return Calibration(entry, self.into, sentences, trained.result)

    def _entry(
        self, trained: Trained, model: bytes, name: str, kind: str, repetitions: int,
        files: Sequence[tuple[Path, int]], limit: Threshold | None,
    ) -> Entry:  # fmt: skip
        return Entry(
            made=name,
            kind=kind,
            gestures=tuple(label for label in trained.card.labels if label != self.rest),
            repetitions=repetitions,
            balanced_accuracy=trained.result["balanced_accuracy"],
            sha256=hashlib.sha256(model).hexdigest(),
            model=f"{name}.onnx",
            recording=f"{name}.h5",
            enter=limit.enter if limit else None,
            rotation=files[-1][1],
        )


def corrected(path: Path, rest: str, ui: CalibrationUI, rotation: int = 0) -> Recording:
    """A calibration recording with labels that follow the muscles, as if the armband were not turned."""
    from emgctl.calibration.relabel import from_cues
    from emgctl.inference.model import turned
    from emgctl.recording.reader import read_recording

    recording, idle, _ = from_cues(read_recording(path), rest)
    for one in idle:
        ui.notify(f"warning: {path.name}: no muscle worked in {one}; it is left out")
    if rotation:
        order = turned(recording.signal.channels, rotation)
        recording = replace(recording, samples=recording.samples[:, order])
    return recording


def _all_corrected(files: Sequence[tuple[Path, int]], rest: str, ui: CalibrationUI) -> list[Recording]:
    from emgctl.errors import EmgctlError
    from emgctl.recording.windows import labels_in

    recordings = [corrected(file, rest, ui, rotation) for file, rotation in files]
    asked = {name for one in recordings for name in one.label_names}
    there = {name for one in recordings for name in labels_in(one)}
    if gone := sorted(asked - there):
        where = files[-1][0]
        raise EmgctlError(
            f"{where}: no muscle worked in any {' or '.join(gone)}; check the electrodes, and calibrate again"
        )
    return recordings
