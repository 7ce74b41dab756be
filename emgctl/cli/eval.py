"""``emgctl eval``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.eval_conflicts import check_eval_options, given_options
from emgctl.cli.options import Number
from emgctl.cli.renamed import RenamedOption
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import (
    data_argument,
    exclude_label_option,
    exclude_option,
    hop_option,
    json_option,
    read_data,
    show,
    split_option,
)
from emgctl.support.preconditions import check_writable, needs_train_extra

if TYPE_CHECKING:
    from emgctl.inference.model import Model
    from emgctl.inference.postprocessing import PostProcessing
    from emgctl.training.evaluation.ways import Adapt
    from emgctl.types import Recording


@click.command("eval")
@click.argument("model_path", metavar="MODEL", type=click.Path(path_type=Path))
@data_argument
@split_option
@hop_option
@json_option
@stating_options
@click.option("--report", "page", type=click.Path(path_type=Path), help="Write a report with pictures (HTML).")
@click.option(
    "--predictions",
    "table",
    type=click.Path(path_type=Path),
    help="Write what was predicted of each tested window (CSV).",
)
@click.option(
    "--adapt",
    type=click.Choice(["none", "past", "session", "learn"]),
    default="none",
    show_default=True,
    help="Adapt to the signal without its labels, see above.",
)
@click.option("--continuous", is_flag=True, help="Decode whole recordings and measure what a user would experience.")
@click.option(
    "--reaction-guard",
    "guard_s",
    cls=RenamedOption,
    was="--guard",
    type=Number(0, 10),
    help="Seconds that a person may need to react to a cue; default: as in training, with --continuous 0.5.",
)
@click.option(
    "--false-activations",
    "wanted",
    type=Number(min=0),
    default=1.0,
    show_default=True,
    help="Acceptable number per minute of rest; a threshold is recommended for it.",
)
@click.option(
    "--profile",
    "-p",
    "profile_path",
    type=click.Path(path_type=Path),
    help="Post-processing and hop as in this profile.",
)
@click.option(
    "--daily",
    metavar="DATA",
    multiple=True,
    help="Recordings of daily activities in which no gesture was meant; may be given several times.",
)
@click.option(
    "--small-movements",
    "small",
    metavar="LABEL",
    multiple=True,
    help="A label of movements that are no gestures, beside what the data mark as such; may be given several times.",
)
@click.option(
    "--recall",
    type=Number(0, 1),
    metavar="SHARE",
    help="Share of gestures to be recognized, such as 0.9; the threshold for it is named.",
)
@click.option(
    "--stable",
    "stable_s",
    type=Number(0, 5),
    default=0.3,
    show_default=True,
    help="Seconds that a right decision has to last, so that a gesture counts as recognized.",
)
@click.option("--rest", metavar="LABEL", help="The label that means rest; default: the model's own.")
@click.option(
    "--grid-shift",
    "shift_text",
    cls=RenamedOption,
    was="--move",
    metavar="ROWS,COLUMNS",
    help="Rows and columns by which the grid is shifted since training; 'find' searches for them, without labels.",
)
@exclude_option
@exclude_label_option
@click.pass_context
def eval_(
    context: click.Context,
    model_path: Path,
    data: tuple[str, ...],
    split_text: str | None,
    hop_ms: float | None,
    json_path: Path | None,
    page: Path | None,
    table: Path | None,
    continuous: bool,
    adapt: Adapt,
    guard_s: float | None,
    wanted: float,
    profile_path: Path | None,
    daily: tuple[str, ...],
    small: tuple[str, ...],
    recall: float | None,
    stable_s: float,
    rest: str | None,
    shift_text: str | None,
    exclude: tuple[str, ...],
    exclude_label: tuple[str, ...],
) -> None:
    """Evaluate a model file on recordings, as it will decode live.

    Everything in DATA is tested, or with --split only that split's test part; the splits are those of emgctl train
    classifier.
    The window and, without --hop-ms, the hop are the model's.

    With --continuous, whole recordings are decoded as by emgctl run, across all changes of label, with and without
    post-processing: balanced accuracy with and without the time a person needs to react, delay from the muscle's own
    onset, changes of decision and false activations a minute, and what a demanded confidence would cost. Movements that
    were not meant are counted an hour of rest, and an hour of the gestures named by --exclude-label, which the
    model was never taught.

    \b
    What --adapt does without labels; figures of the model as trained stand beside it:
      past     a run with 'adaptation': the features' mean and spread so far (with --continuous; any model)
      session  the same of each session as a whole, known beforehand (any model)
      learn    a run after 'emgctl calibrate --learn-from' of what has passed, after half a minute, a minute, two
               minutes and so on (with --continuous; personal models of the population); what calibrate would
               refuse, as it makes the calibrated gestures worse, is not refused here

    The pair of figures to judge a decoder by is printed last: activations an hour of rest, of small movements, of those
    gestures and of --daily activities, beside the share of gestures that are recognized within a second, for the
    threshold in use, for a wanted --recall and for a wanted number of --false-activations. The report shows them for
    all thresholds.

    \b
    Examples:
      emgctl eval alice.onnx next_day.h5
      emgctl eval cards.onnx emg4:cards --split blocked --json result.json --report result.html
      emgctl eval alice.onnx text:session3 --continuous --profile alice.yaml --report usability.html
      emgctl eval alice.onnx next_day.h5 --predictions windows.csv
      emgctl eval anna.onnx npz:use --continuous --adapt learn
      emgctl eval arm.onnx flexemg:session3 --grid-shift find --adapt session
      emgctl eval five.onnx text:session3 --continuous --exclude-label 6 --exclude-label 7
      emgctl eval alice.onnx npz:people --continuous --daily npz:activities --recall 0.9 --report pair.html
    """
    from emgctl.api.evaluation import KINDS, evaluate
    from emgctl.cli.eval_pose import eval_pose_model
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError
    from emgctl.inference.model import Model, open_model
    from emgctl.recording.windows import without_labels
    from emgctl.training.data.splits import parse_split

    if adapt in ("past", "learn") and not continuous:
        raise UsageError(f"--adapt {adapt} follows a recording from its beginning, so it needs --continuous")
    check_writable(page, table, json_path, read=[model_path, *data, *daily, profile_path])
    needs_train_extra("eval", "sklearn", *(["matplotlib"] if page is not None else []))
    kind = open_model(model_path)[1].kind
    check_eval_options(given_options(context), kind, continuous)
    if kind == "pose":
        recordings = without_labels(read_data(data, exclude), exclude_label)
        eval_pose_model(model_path, recordings, split_text, json_path, page)
        return
    model = Model.load(model_path, kind=KINDS)
    split = "" if split_text is None else parse_split(split_text, model.card.seed)
    recordings = read_data(data, exclude)
    all_day = read_data(daily) if daily else None
    moved = [] if shift_text is None else [_move(model, recordings, shift_text)]
    postprocessing, profile_hop_ms = _decisions(profile_path)
    with progress_bar() as progress:
        result = evaluate(
            model,
            recordings,
            split=split,
            continuous=continuous,
            hop_ms=profile_hop_ms if hop_ms is None else hop_ms,
            adapt=adapt,
            postprocessing=postprocessing,
            rest=rest,
            guard_s=guard_s,
            false_activations_per_minute=wanted,
            without=exclude_label,
            small_movements=small,
            daily=all_day,
            recall=recall,
            stable_s=stable_s,
            progress=progress,
        )
    figures = result.to_dict()
    lines = [*moved, str(result)]
    if page is not None:
        lines.append(f"{'report':18} {result.report(page)}")
    if table is not None:
        lines.append(f"{'predictions':18} {result.predictions(table)}")
    show(figures, "\n".join(lines), json_path)


def _move(model: Model, recordings: list[Recording], text: str) -> str:
    """Shift the model's grid by the given or the found move; returns the line to print."""
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError
    from emgctl.training.evaluation.grid_shift import find_move

    if text == "find":
        with progress_bar() as progress:
            found = find_move(model, recordings, partial(progress, "moves"))
        model.set_grid_offset(found.rows, found.columns)
        return (
            f"{'move':18} {found.rows} rows, {found.columns} columns: information {found.information:.2f} nats instead "
            f"of {found.before:.2f}; in a profile: move: [{found.rows}, {found.columns}]"
        )
    try:
        rows, columns = (int(word) for word in text.split(","))
    except ValueError as error:
        raise UsageError(f"--grid-shift {text}: should be two whole numbers such as 2,-1, or 'find'") from error
    model.set_grid_offset(rows, columns)
    return f"{'move':18} {rows} rows, {columns} columns"


def _decisions(profile_path: Path | None) -> tuple[PostProcessing, float | None]:
    """The post-processing of a profile's decoder and its hop in milliseconds, or the defaults (None: the model's)."""
    from emgctl.inference.gesture_decoder import GestureDecoder
    from emgctl.inference.postprocessing import PostProcessing
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry

    if profile_path is None:
        return PostProcessing(), None
    decoder = load_profile(profile_path, Registry()).decoder
    if not isinstance(decoder, GestureDecoder):
        return PostProcessing(), None
    hop_s = decoder.options.hop_s
    return decoder.postprocessing, None if hop_s is None else 1e3 * hop_s
