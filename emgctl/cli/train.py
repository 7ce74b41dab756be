"""``emgctl train``."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import click

from emgctl.cli.training_conflicts import PUBLISHED, check_start, check_training_options, given_options
from emgctl.cli.training_options import (
    data_argument,
    exclude_option,
    hop_option,
    json_option,
    read_data,
    show,
    split_option,
    without_option,
)
from emgctl.cli.training_pose import PoseWords, train_pose_model
from emgctl.support.preconditions import check_writable, needs_train_extra
from emgctl.training.classifier.model_zoo import AUTO, FEATURES, MODELS, WIDTHS

DECODERS = ("classifier", "grid", "contrastive", "pose")


@click.command()
@data_argument
@click.option(
    "--decoder",
    default="classifier",
    show_default=True,
    metavar="KIND",
    help="The kind of decoder: classifier, grid, contrastive, pose.",
)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The model file to write (ONNX).")
@click.option(
    "--model",
    type=click.Choice([*MODELS, AUTO]),
    help="What is fitted; default: what measured best; auto: what does best on the training part's last session.",
)
@click.option("--features", default="", type=click.Choice(["", *FEATURES]), help="What it is fitted on.")
@click.option(
    "--budget",
    "budget_s",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Seconds for comparing models, with --model auto.",
)
@click.option(
    "--start",
    "--finetune",
    "start",
    type=click.Path(path_type=Path),
    metavar="MODEL",
    help="Go on from this model, as trained on other data.",
)
@click.option(
    "--recipe",
    metavar="NAME",
    help="Published settings: emg4-mlp, mobilenetv2-8x24; explicit options override the recipe. Or a published "
    "evaluation: contrastive-prosthetics. For --decoder pose: vemg2pose.",
)
@click.option("--width", type=click.Choice(WIDTHS), help="Of mobilenetv2-8x24; default 1.0.")
@split_option
@click.option(
    "--final",
    type=click.Choice(["train", "all"]),
    help="What the model that is written has seen: the training part (as a rule, so that eval with the same split "
    "gives the same figures) or all windows (always, where a split has several folds).",
)
@click.option("--window-ms", type=click.FloatRange(min=0, min_open=True), help="Length of a window; default 200.")
@hop_option
@click.option("--rest", metavar="LABEL", help="The label that means rest; default: one called so; '' for none.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="For all that is random.")
@exclude_option
@without_option
@click.option(
    "--guard",
    "guard_s",
    type=click.FloatRange(0, 10),
    default=0.0,
    show_default=True,
    help="Seconds after a change of label that are left out: where labels are cues, people react later.",
)
@click.option("--wraps", is_flag=True, help="With --decoder grid: the grid's rows go all around the arm.")
@click.option(
    "--memory-ms",
    type=click.FloatRange(0, 5000),
    help="With --decoder contrastive: how much of what came before a window is looked at, too; default 1000.",
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --decoder contrastive: go on from this file after the training was broken off.",
)
@click.option(
    "--size",
    type=click.Choice(["small", "full"]),
    default="small",
    show_default=True,
    help="With --decoder pose: of the network; small is for a laptop.",
)
@click.option(
    "--turns", type=click.IntRange(0, 4), default=0, help="With --decoder pose: learn an armband's turns too."
)
@click.option("--tracking", is_flag=True, help="With --recipe vemg2pose: go on from a true pose.")
@click.option("--steps", type=click.IntRange(min=1), help="With --decoder pose: batches to learn from.")
@click.option("--preprocess", "preprocess_text", default="", metavar="STEP,...", help="What is filtered; see above.")
@json_option
@click.option("--no-report", is_flag=True, help="Write no report beside the model.")
@click.pass_context
def train(
    context: click.Context,
    data: tuple[str, ...],
    decoder: str,
    out: Path,
    model: str | None,
    features: str,
    budget_s: float,
    start: Path | None,
    recipe: str | None,
    width: str | None,
    split_text: str | None,
    final: Any,
    window_ms: float | None,
    hop_ms: float | None,
    rest: str | None,
    seed: int,
    exclude: tuple[str, ...],
    without: tuple[str, ...],
    guard_s: float,
    preprocess_text: str,
    wraps: bool,
    memory_ms: float | None,
    checkpoint: Path | None,
    size: str,
    turns: int,
    tracking: bool,
    steps: int | None,
    json_path: Path | None,
    no_report: bool,
) -> None:
    """Train a decoder on recordings, test it honestly, and write model and report.

    DATA is a file or folder; its reader is detected, or named as KIND:PATH. Beside M.onnx come M.report.html,
    M.confusion.png and M.curves.png.

    \b
    What --split may say is tested:
      blocked[:0.2]      the last part of every label in every file (the default)
      repetition:2,5     these repetitions
      recording          every repetition or recording in turn, never seen in training
      kfold:5            contiguous blocks in turn
      file:GLOB,GLOB     the files whose name or folder matches
      session:NAME       a session;  subject:NAME  a person
      published          as the data set's authors divide it (emg2pose)
      random[:0.1]       windows at random: LEAKS, for comparison with papers only

    \b
    What --preprocess may name; done the same live, sample by sample:
      repair             spikes and saturation: the last good sample instead
      bandpass:20-450    or bandpass:20- without an upper edge
      notch[:50]         mains and its harmonics; detected automatically
      electrodes         bad ones of a grid, found live: their neighbours instead
      car                common average reference: each channel less the mean of all
      normalise[:10]     each channel by its running RMS over so many seconds
      rectify            absolute values
      envelope[:6]       rectified, and low-passed at so many Hz

    \b
    Examples:
      emgctl train session1.h5 session2.h5 --out alice.onnx
      emgctl train emg4:cards --out cards.onnx --split recording --json -
      emgctl train emg4:cards --out published.onnx --recipe emg4-mlp
      emgctl train flexemg:session1 --out arm.onnx --decoder grid --wraps --split repetition:8,9,10
      emgctl train ninapro:S1_E1.mat --out grasps.onnx --decoder contrastive --split repetition:2,5
      emgctl train ninapro:S1_E1.mat --out hand.onnx --decoder pose --split repetition:2,5
      emgctl train emg2pose:mini --out hand.onnx --decoder pose --recipe vemg2pose --split published
      emgctl train ninapro:DB5 --out published --recipe contrastive-prosthetics
      torchrun --nproc-per-node 2 -m emgctl train S1_E1.mat --out grasps.onnx --decoder contrastive
    """
    from emgctl.api.training import train as train_model
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.recording.windows import without_labels
    from emgctl.training.data.splits import parse_split
    from emgctl.training.plan import RECIPES

    if decoder not in DECODERS:
        raise UsageError(f"decoder '{decoder}' can't be trained{did_you_mean(decoder, DECODERS)}")
    split_words = split_text or (RECIPES[recipe].split if recipe in RECIPES else "blocked")
    split = parse_split(split_words, seed)
    check_training_options(given_options(context), decoder, recipe, model, final, split.several)
    if decoder == "pose":
        words = PoseWords(size, recipe or "", turns, tracking, steps, window_ms, hop_ms, memory_ms, preprocess_text)
        recordings_of = partial(read_data, data, exclude)
        train_pose_model(words, recordings_of, out, split, seed, rest, final, json_path, no_report)
        return
    if recipe == PUBLISHED:
        check_writable(out, json_path)
        needs_train_extra("train", "torch", "sklearn", "scipy", "matplotlib")
        from emgctl.cli.reproducing import reproduce_published

        reproduce_published(without_labels(read_data(data, exclude), without), out, seed, rest, json_path)
        return
    if recipe is not None and recipe not in RECIPES:
        raise UsageError(f"unknown recipe '{recipe}'{did_you_mean(recipe, [*RECIPES, PUBLISHED])}")
    if width is not None:
        model = f"mobilenetv2-{width}"
    page = out.with_name(f"{out.stem}.report.html")
    check_writable(out, page, json_path)
    needs_train_extra("train", "torch", "onnx", "onnxscript", "sklearn", "scipy", "matplotlib")
    from emgctl.training.export.warm_start import PretrainedModel

    earlier = PretrainedModel.read(start) if start else None
    if earlier is not None:
        check_start(earlier.card, earlier.path.name, decoder, model, features, recipe)
    with progress_bar() as progress:
        result = train_model(
            lambda: without_labels(read_data(data, exclude, progress), without),
            model or "",
            split=split,
            decoder=decoder,
            features=features,
            window_ms=window_ms,
            hop_ms=hop_ms,
            rest=rest,
            preprocess=preprocess_text,
            guard_s=guard_s,
            final=final,
            seed=seed,
            recipe=recipe or "",
            start=earlier,
            budget_s=budget_s,
            wraps=wraps,
            memory_ms=memory_ms,
            checkpoint=checkpoint,
            progress=progress,
        )
        if not first_process():
            return
        result.save(out, progress=progress)
    seen = "all windows" if result.to_dict()["final"] == "all" else "the training windows"
    lines = [str(result), f"{'model':18} {out}, fitted on {seen}; rest: {result.card.rest or 'none'}"]
    if not no_report:
        lines.append(f"{'report':18} {result.report(page)[0]}")
    show(result.to_dict(), "\n".join(lines), json_path)


def first_process() -> bool:
    """Whether this process writes the files, of those that torchrun started; also parts from the others."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from emgctl.training.contrastive.train_loop import WorkerContext

        WorkerContext.leave()
    return os.environ.get("RANK", "0") == "0"
