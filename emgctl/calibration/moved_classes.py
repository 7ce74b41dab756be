"""A contrastive model as the electrodes are worn today: its classes are moved, and its network stays.

This takes no training and neither torch nor onnx.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl import __version__
from emgctl.calibration.calibrated_profile import CONTRASTIVE
from emgctl.calibration.candidate import Candidate
from emgctl.dsp.preprocessing import preprocess
from emgctl.errors import ModelError, UsageError, did_you_mean
from emgctl.inference.model import Model
from emgctl.inference.model_card import ModelCard
from emgctl.inference.prototype_file import with_classes
from emgctl.inference.prototypes import CONTRAST_KEY, PrototypeSet
from emgctl.recording.windows import Windows, cut, same_signal
from emgctl.support.atomic_write import write_bytes
from emgctl.support.batches import batches
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.support.vetting import vouch
from emgctl.training.data.provenance import Contents, datasets, leaks_from, seen, with_earlier
from emgctl.training.data.silent_channels import ignored_sentence
from emgctl.training.data.splits import newest_halves
from emgctl.training.evaluation.metrics import measure
from emgctl.training.evaluation.windowed import check_labels, fits
from emgctl.types import Recording

TOLERANCE = 1e-4  # between the probabilities of the file and those of its classes
CHECKED_WINDOWS = 64
_BATCH = 512


def check_known(model: Path, gestures: Collection[str]) -> None:
    """Make sure, before somebody makes them, that a model has these gestures.

    Raises:
        ModelError: the model can't be used.
        UsageError: it does not know one.
    """
    known = Model.load(model, kind=CONTRASTIVE).card.labels
    for gesture in gestures:
        if gesture not in known:
            raise UsageError(
                f"the model has no gesture '{gesture}', and without torch a refresh can't add one"
                f"{did_you_mean(gesture, known)}"
            )


def with_moved_classes(path: Path, recordings: Sequence[Recording]) -> Candidate:
    """A model in use with its classes moved to where today's recordings have them.

    Each half of the recordings is tested by classes that were moved by the other half. A class of which that half
    leaves no window, as its samples are all next to what is tested, is not moved then.

    Raises:
        ModelError: the model can't be used or changed, is of another signal, or lacks a label.
        UsageError: nothing was recorded that is long enough.
    """
    model = Model.load(path, kind=CONTRASTIVE)
    card, signal = model.card, same_signal(recordings)
    fits(model, signal, recordings[0].source)
    classes = PrototypeSet.from_text(model.metadata(CONTRAST_KEY), path)
    ready = [preprocess(one, card.preprocessing) for one in recordings]
    windows = cut(ready, card.window - card.memory, card.hop, round(card.guard_s * signal.rate_hz), card.memory)
    split = newest_halves({one.source for one in recordings})
    parts = split.apart(windows)
    check_labels(model, windows.label_names)
    windows = windows.with_labels(card.labels)
    embeddings, truth, every = _embedded(model, windows), windows.labels, range(len(card.labels))
    moved = [classes.refreshed(embeddings[others], truth[others]).chosen(every) for _, others in parts]
    tested = np.concatenate([test for test, _ in parts])
    probabilities = np.concatenate(
        [subset.probabilities(embeddings[test]) for subset, (test, _) in zip(moved, parts, strict=True)]
    )
    contents = Contents(recordings)
    leaks = leaks_from(card, path.name, contents.within(windows, tested), recordings)
    figures = measure(windows, tested, probabilities.argmax(axis=1)).as_json()
    data, to_ms = datasets(recordings), 1e3 / signal.rate_hz
    result = {
        "decoder": card.kind,
        "model": card.model,
        "seed": card.seed,
        "split": split.text,
        "split_said": split.description,
        "labels": list(card.labels),
        "window_ms": windows.length * to_ms,
        "hop_ms": windows.hop * to_ms,
        "memory_ms": windows.memory * to_ms,
        **figures,
        "left_out": str(windows.left_out),
        "leaks": bool(leaks),
        "warnings": leaks,
        "ignored": ignored_sentence(card.ignored),
        "datasets": [one.model_dump() for one in data],
    }
    new = card.model_copy(
        update={
            "emgctl": __version__,
            "split": f"{split.text}, then moved by all windows",
            "metrics": {key: result[key] for key in ("accuracy", "balanced_accuracy", "macro_f1")},
            "datasets": with_earlier(data, card),
            "leaks": bool(leaks),
            "seen": seen(contents.everything, card),
        }
    )
    today = _with_today(classes.refreshed(embeddings, truth), probabilities, truth[tested])
    content = partial(_content, model, classes, today, new, windows)
    return Candidate(card.labels, result, windows, tested, probabilities, content)


def _embedded(model: Model, windows: Windows) -> NDArray[np.float32]:
    parts = batches(len(windows), _BATCH)
    return np.concatenate([model.run_batch(windows.take(np.arange(part.start, part.stop)))[3] for part in parts])


def _content(model: Model, former: PrototypeSet, classes: PrototypeSet, card: ModelCard, windows: Windows) -> bytes:
    """The content of the changed file, once it has decided some windows as its classes do.

    Raises:
        ModelError: it does not.
    """
    content = with_classes(model.path, former, classes, card)
    samples = windows.take(evenly_spaced(len(windows), CHECKED_WINDOWS))
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        file = Path(folder) / model.path.name
        write_bytes(file, content)
        vouch(file)
        probabilities, _, _, embeddings = Model.load(file).run_batch(samples)
    expected = classes.chosen(range(len(classes.labels))).probabilities(embeddings)
    if not np.abs(probabilities - expected).max() <= TOLERANCE:  # also when it is NaN
        raise ModelError(model.path, "would decide differently from its classes", remedy="refresh it with torch")
    return content


def _with_today(classes: PrototypeSet, probabilities: NDArray[np.float32], truth: NDArray[np.int64]) -> PrototypeSet:
    """The classes with today's test; of those that were not made today, with the former one."""
    others = ~np.isin(classes.truth, truth)
    former = np.exp(classes.trial[others])
    return classes.with_validation(
        np.concatenate((former, probabilities)), np.concatenate((classes.truth[others], truth))
    )
