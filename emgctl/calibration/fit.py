"""A model from calibration recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from emgctl.recording.windows import in_samples, labels_in, same_signal
from emgctl.training.classifier.fitted import Fitted
from emgctl.training.classifier.grid_trainer import GridConfig, GridTrainer
from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer
from emgctl.training.contrastive.trainer import CONTRASTIVE, ContrastiveTrainer, ContrastiveTrainerConfig
from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, PreprocessRequest
from emgctl.training.data.splits import newest_halves, parse_split
from emgctl.training.experiment import Trained, train
from emgctl.training.export.warm_start import PretrainedModel
from emgctl.training.plan import Plan
from emgctl.types import Recording

WINDOW_MS, HOP_MS = 200.0, 50.0
MEMORY_MS = 300.0  # of decoder "contrastive"; longer than the holds of a refresh would leave nothing to learn


def fit_calibration(
    recordings: Sequence[Recording],
    rest: str,
    repetition: int,
    progress: Callable[[str, int, int], None],
    *,
    model: str = "lda-mlp",
    refresh: bool = False,
    latest: int = 1,
    earlier: PretrainedModel | None = None,
    preprocess: PreprocessRequest = LEAVE_AS_IT_IS,
    decoder: str = "classifier",
    wraps: bool = False,
) -> Trained[Fitted]:
    """Test on what the model has not seen, and then fit on everything.

    Args:
        recordings: the latest last.
        rest: the label of rest.
        repetition: the one that is held out; of a single one its last part is.
        progress: told what is done.
        model: with so few repetitions a discriminant does best; a network beside it halves what it sees at rest.
        refresh: the last recordings are how the sensors are worn now; each half is tested by a model of all else.
        latest: how many recordings those are.
        earlier: the model of the other recordings, which networks go on from if it fits.
        preprocess: the signal's preprocessing; for a grid, the usual one if there is none.
        decoder: "classifier", "grid" or "contrastive".
        wraps: the grid's rows go all around the arm.
    """
    split = parse_split(f"repetition:{repetition}" if _repeated(recordings, repetition) else "blocked")
    start = None
    if refresh:
        split = newest_halves({one.source for one in recordings[-latest:]})
    if refresh and earlier is not None and earlier.card.model == ("grid" if decoder == "grid" else model):
        signal = same_signal(recordings)
        labels = {name for one in recordings for name in labels_in(one)}
        in_order = tuple(dict.fromkeys(name for one in recordings for name in one.label_names if name in labels))
        if not earlier.mismatch(in_order, signal, in_samples(WINDOW_MS, signal, "a window")):
            start = earlier
    trainer: ClassifierTrainer | ContrastiveTrainer
    if decoder == CONTRASTIVE:
        trainer = ContrastiveTrainer(ContrastiveTrainerConfig(window_ms=WINDOW_MS, hop_ms=HOP_MS, memory_ms=MEMORY_MS))
    elif decoder == "grid":
        grid = GridConfig(window_ms=WINDOW_MS, hop_ms=HOP_MS, grid_wraps_around=wraps)
        trainer = GridTrainer(grid, start, worn_now=refresh)
    else:
        config = ClassifierConfig(model=model, window_ms=WINDOW_MS, hop_ms=HOP_MS)
        trainer = ClassifierTrainer(config, start, worn_now=refresh)
    return train(recordings, trainer, Plan(split, rest=rest, final="all", preprocess=preprocess), progress)


def _repeated(recordings: Sequence[Recording], repetition: int) -> bool:
    """True when every label is there in this repetition and in another one."""
    there: dict[str, set[int]] = {}
    for one in recordings:
        if one.labels is None:
            continue
        for name in labels_in(one):
            chosen = one.labels == one.label_names.index(name)
            numbers = one.repetitions[chosen] if one.repetitions is not None else []
            there.setdefault(name, set()).update(int(number) for number in np.unique(numbers))
    return all(repetition in numbers and len(numbers) > 1 for numbers in there.values())
