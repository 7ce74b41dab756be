"""``emgctl export --int8``: the data that a network is quantized with, and tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgctl.errors import UsageError

if TYPE_CHECKING:
    from emgctl.export.program import Program
    from emgctl.export.quantize import Quantized
    from emgctl.recording.windows import Indices
    from emgctl.types import Samples

SPLIT = "blocked"
MOST_TESTED = 10_000  # windows
TOO_MUCH_POINTS = 0.5  # lost


def quantized(program: Program, data: str) -> Quantized:
    """The network of a program with 8-bit weights, as calibrated on the first part of labelled ``data``.

    Raises:
        NotExportableError: it has no layer that is large enough.
        UsageError: the program has poses.
        EmgctlError: the data can't be read, or are not the model's.
    """
    from emgctl.dsp.preprocessing import preprocess
    from emgctl.export.graph import one_window
    from emgctl.export.program import NotExportableError
    from emgctl.export.quantize import CALIBRATED, quantize
    from emgctl.inference.model import Model
    from emgctl.recording.datasets import read_dataset
    from emgctl.recording.windows import cut, same_signal
    from emgctl.support.atomic_write import read_bytes
    from emgctl.support.evenly_spaced import evenly_spaced
    from emgctl.training.data.splits import parse_split
    from emgctl.training.evaluation.windowed import check_labels, fits

    model = program.model
    if not isinstance(model, Model):
        raise UsageError("--int8 is for gestures; a pose network keeps its precision from step to step: leave it out")
    card, recordings = model.card, read_dataset(data)
    fits(model, same_signal(recordings), recordings[0].source)
    steps = program.spec.preprocessing
    windows = cut([preprocess(one, steps) for one in recordings], card.window, card.hop, memory=0)
    check_labels(model, windows.label_names)
    windows = windows.with_labels(card.labels)
    fold = parse_split(SPLIT).folds(windows)[0]

    def some(chosen: Indices, most: int) -> tuple[Samples, Indices]:
        chosen = chosen[evenly_spaced(len(chosen), most)]
        taken = windows.take(chosen)
        return taken if model.channel_order is None else taken[:, :, model.channel_order], windows.labels[chosen]

    known, _ = some(fold.train, CALIBRATED)
    tested, labels = some(fold.test, MOST_TESTED)
    try:
        return quantize(one_window(read_bytes(model.path)), known, tested, labels)
    except ValueError as error:
        raise NotExportableError(model.path, "--int8", str(error)) from error


def sentence(found: Quantized) -> str:
    """What the quantization cost."""
    lost = found.lost_points
    cost = f"{lost:.2f} points lost" if lost > 0 else "nothing lost"
    return (
        f"int8: {100 * found.accuracy:.2f} % of {found.tested} windows right (split {SPLIT}) instead of "
        f"{100 * found.before:.2f} %, {cost}"
    )
