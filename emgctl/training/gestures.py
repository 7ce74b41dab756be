"""Windows of one label each, and how well gestures are predicted from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.preprocessing import Preprocessing, preprocess
from emgctl.errors import UsageError
from emgctl.recording.labels import check_gestures
from emgctl.recording.windows import Windows, cut
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.trainer import FittedModel, Fold, Predictions, Windowing
from emgctl.training.data.preprocess_spec import learn_in
from emgctl.training.data.silent_channels import silenced
from emgctl.training.evaluation.force import measure_force
from emgctl.training.evaluation.metrics import measure
from emgctl.training.plan import Plan
from emgctl.training.target import Target, tested_in
from emgctl.types import Recording, Samples

EXAMPLES = 64


class Gestures(Target):
    """Labels of windows."""

    counted = "windows"
    metrics = ("accuracy", "balanced_accuracy", "macro_f1")

    def cut(self, recordings: Sequence[Recording], windowing: Windowing, plan: Plan) -> Windows:
        """Windows that no change of label crosses, none sooner than the guard after one."""
        self._plan, self._guard = plan, round(plan.guard_s * recordings[0].signal.rate_hz)
        self.windows = cut(recordings, windowing.length, windowing.hop, self._guard, windowing.memory)
        labels = self.windows.label_names
        check_gestures(labels)
        if len(labels) < 2:
            raise UsageError(f"all windows have the label '{labels[0]}'; a classifier needs at least two")
        self._kept: tuple[Preprocessing, Windows, tuple[int, ...]] = Preprocessing(), self.windows, ()
        self._levels: list[NDArray[np.float32]] = []
        self._full_n: list[float] = []
        return self.windows

    def ready(self, fold: Fold) -> tuple[Preprocessing, Windows, tuple[int, ...]]:
        """Cut anew only where the steps or the silent channels differ from those of the last fold."""
        raw = self.windows
        steps, ignored = learn_in(self._plan.preprocess, raw, np.concatenate((fold.train, fold.validation)))
        if (steps, ignored) != (self._kept[0], self._kept[2]):
            recordings = silenced([preprocess(recording, steps) for recording in raw.recordings], ignored)
            self._kept = steps, cut(recordings, raw.length, raw.hop, self._guard, raw.memory), ignored
        return self._kept

    def whole(self, everything: Fold, folds: Sequence[Fold]) -> Fold:
        """All windows; for other people if all folds were tested on other people."""
        return Fold(everything.name, everything.train, everything.validation, everything.test,
                    others=all(fold.others for fold in folds))  # fmt: skip

    def tested(self, fitted: FittedModel, windows: Windows, fold: Fold, predicted: Predictions) -> None:  # noqa: ARG002
        """Keep the intensity, to compare with a measured force."""
        self._levels.append(predicted.intensity)
        self._full_n.append(1.0 if fitted.full_force_n is None else fitted.full_force_n)

    def figures(
        self,
        windows: Windows,  # noqa: ARG002 - what was read is measured
        folds: Sequence[Fold],
        predicted: Sequence[Predictions],
    ) -> dict[str, Any]:
        """Accuracy, confusion and recall, of all folds and of each, and how well the intensity follows a force."""
        raw, labels = self.windows, [one.values.argmax(axis=1) for one in predicted]
        each = [measure(raw, fold.test, found) for fold, found in zip(folds, labels, strict=True)]
        trained = np.bincount(raw.labels[folds[0].train], minlength=len(raw.label_names))
        to_ms = 1e3 / raw.signal.rate_hz
        figures: dict[str, Any] = {
            "labels": list(raw.label_names),
            "window_ms": raw.length * to_ms,
            "hop_ms": raw.hop * to_ms,
            "guard_s": self._plan.guard_s,
            "memory_ms": raw.memory * to_ms,
            **measure(raw, tested_in(folds), np.concatenate(labels)).as_json(),
            "left_out": str(raw.left_out),
            "training_labels": dict(zip(raw.label_names, trained.tolist(), strict=True)),
            "compared": [],
            "folds": [
                {
                    "name": fold.name, "accuracy": one.accuracy, "balanced_accuracy": one.balanced_accuracy,
                    "windows": one.windows, **_trained_on(raw, fold),
                }
                for fold, one in zip(folds, each, strict=True)
            ],
        }  # fmt: skip
        force = measure_force(raw, [fold.test for fold in folds], self._levels, self._full_n)
        return figures if force is None else figures | {"force": force}

    def card(self, windows: Windows, rest: str) -> Mapping[str, Any]:
        """Labels, rest, the window with its memory, and the guard."""
        return {
            "window": windows.memory + windows.length,
            "hop": windows.hop,
            "memory": windows.memory,
            "labels": windows.label_names,
            "rest": rest,
            "guard_s": self._plan.guard_s,
        }

    def examples(self, windows: Windows) -> Samples:
        """A few windows, ``(N, W, C)``."""
        return windows.take(evenly_spaced(len(windows), EXAMPLES))


def _trained_on(windows: Windows, fold: Fold) -> dict[str, int]:
    """How many windows a fold's model learns from, and how many of them are of the people who are tested."""
    people, trained_on = windows.person, fold.trained_on
    own = np.isin(people[trained_on], people[fold.test])
    return {"training_windows": len(trained_on), "training_windows_of_tested_people": int(own.sum())}
