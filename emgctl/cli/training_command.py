"""``emgctl train KIND``: a command whose options come from the Config of the kind's trainer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import click
from pydantic import Field

from emgctl.cli.config_options import (
    described_keys,
    given_values,
    options_of,
    rare_fields,
    set_option,
    set_values,
)
from emgctl.cli.renamed import RenamedOption
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import (
    data_argument,
    exclude_label_option,
    json_option,
    out_option,
    preprocess_option,
    reaction_guard_option,
    read_data,
    rest_option,
    show,
    split_option,
)
from emgctl.plugin import Options
from emgctl.trainer import Rare, Trainer

SPLITS = """\b
What --split tests:
  blocked[:0.2]      the last part of every label in every file (the default)
  repetition:2,5     these repetitions
  recording          every repetition or recording in turn, never seen in training
  kfold:5            contiguous blocks in turn
  file:GLOB,GLOB     the files whose name or folder matches
  session:NAME       a session;  subject:NAME  a person
  published          as the data set's authors divide it (emg2pose)
  random[:0.1]       windows at random: LEAKS, for comparison with papers only"""
STEPS = """\b
Steps for --preprocess; a run does the same, sample by sample:
  repair             spikes and saturation: the last good sample instead
  bandpass:20-450    or bandpass:20- without an upper edge
  notch[:50]         mains and its harmonics; detected automatically
  electrodes         bad ones of a grid, found live: their neighbours instead
  car                common average reference: each channel less the mean of all
  normalise[:10]     each channel by its running RMS over so many seconds
  rectify            absolute values
  envelope[:6]       rectified, and low-passed at so many Hz"""
EXAMPLES = {
    "classifier": (
        "session1.h5 session2.h5 --out alice.onnx",
        "emg4:cards --out cards.onnx --split recording --json -",
        "emg4:cards --out published.onnx --recipe emg4-mlp",
        "alice.h5 --out alice.onnx --model auto --set budget=300 --set seed=1",
    ),
    "grid": ("flexemg:session1 --out arm.onnx --grid-wraps-around --split repetition:8,9,10",),
    "contrastive": ("ninapro:S1_E1.mat --out grasps.onnx --split repetition:2,5",),
    "pose": (
        "ninapro:S1_E1.mat --out hand.onnx --split repetition:2,5",
        "emg2pose:mini --out hand.onnx --recipe vemg2pose --split published",
    ),
}


class DataSettings(Options):
    """Rarer settings of everything that trains."""

    seed: Annotated[int, Rare(), Field(ge=0, lt=2**31, description="For all that is random.")] = 0
    exclude: Annotated[
        tuple[str, ...], Rare(), Field(description="Leave out recordings whose name matches; may be repeated.")
    ] = ()  # fmt: skip


class RunSettings(DataSettings):
    """Rarer settings of a training that writes a model."""

    final: Annotated[
        Literal["train", "all"] | None,
        Rare(),
        Field(description="What the model that is written has seen: the training part, or everything."),
    ] = None
    report: Annotated[bool, Rare(), Field(description="Write a report beside the model.")] = True


class TrainingCommand(click.Command):
    """Refuses an option of another kind with a sentence that says where it belongs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                _not_here(error.option_name, ctx.info_name or "") or error.format_message(), ctx
            ) from error


def make_command(cls: type[Trainer[Any]]) -> click.Command:
    """The command that trains with this trainer."""
    from emgctl.registry.plugin_info import summary

    def run(context: click.Context, /, **values: Any) -> None:
        _train(context, cls, values)

    options = [data_argument, out_option, split_option, rest_option]
    options += [exclude_label_option, reaction_guard_option] if cls.target == "gestures" else []
    decorated: Any = stating_options(click.pass_context(run))
    for option in reversed([*options, preprocess_option, json_option]):
        decorated = option(decorated)
    configs = (cls.Config, RunSettings)
    examples = "\n".join(
        f"  emgctl train {cls.kind} {words}" for words in EXAMPLES.get(cls.kind, ("session1.h5 --out alice.onnx",))
    )
    text = f"""{summary(cls).rstrip(".")}: train on recordings, test honestly, and write model and report.

DATA is a file or folder; its reader is detected, or named as KIND:PATH. Beside M.onnx come M.report.html and its
pictures.

{SPLITS}

{STEPS}

\b
What --set takes:
{described_keys(configs)}

\b
Examples:
{examples}"""
    command = click.command(cls.kind, cls=TrainingCommand, help=text, short_help=summary(cls))(decorated)
    command.params[2:2] = options_of(cls.Config)
    command.params.append(set_option(configs))
    return command


def _train(context: click.Context, cls: type[Trainer[Any]], values: dict[str, Any]) -> None:
    from emgctl.api.experiments import make_trainer, run_experiment
    from emgctl.cli.progress import progress_bar
    from emgctl.profile.locations import validated
    from emgctl.recording.windows import without_labels
    from emgctl.support.preconditions import check_writable, needs_train_extra

    rarer, settings = set_values(values["settings"], cls.Config, RunSettings)
    run = validated("train", RunSettings, settings)
    trainer = make_trainer(cls.kind, {**given_values(context, cls.Config, values), **rarer})
    out, json_path = values["out"], values["json_path"]
    check_writable(out)
    page = out.with_name(f"{out.stem}.report.html")
    check_writable(out, page if run.report else None, json_path, read=[*values["data"], values.get("start")])
    if run.report:
        needs_train_extra("train", "matplotlib")
    with progress_bar() as progress:
        result = run_experiment(
            lambda: without_labels(read_data(values["data"], run.exclude, progress), values.get("exclude_label", ())),
            values["split_text"] or "",
            trainer,
            rest=values["rest"],
            preprocess=values["preprocess"],
            guard_s=values.get("guard_s", 0.0),
            final=run.final,
            seed=run.seed,
            progress=progress,
        )
        if not _first_process():
            return
        result.save(out, progress=progress)
    figures = result.to_dict()
    lines = [str(result), f"{'model':18} {out}, {_described(figures, result.card.rest)}"]
    if run.report:
        lines.append(f"{'report':18} {result.report(page)[0]}")
    show(figures, "\n".join(lines), json_path)


def _described(figures: Mapping[str, Any], rest: str) -> str:
    """What the model that was written has seen, in words."""
    poses = "mae_rad" in figures
    what = "frames" if poses else "windows"
    seen = f"fitted on {'all' if figures['final'] == 'all' else 'the training'} {what}"
    return f"{figures['parameters'] / 1e6:.2f} M parameters, {seen}" if poses else f"{seen}; rest: {rest or 'none'}"


def _first_process() -> bool:
    """Whether this process writes the files, of those that torchrun started; also parts from the others."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from emgctl.training.contrastive.train_loop import WorkerContext

        WorkerContext.leave()
    return os.environ.get("RANK", "0") == "0"


def _not_here(option: str, kind: str) -> str:
    """Where an option belongs that this kind does not have; "" if it is not known at all."""
    from emgctl.registry import TRAINERS, Registry

    registry, key = Registry(), option.removeprefix("--")
    if key in rare_fields(registry.trainer(kind).Config) or key in rare_fields(RunSettings):
        return f"{option} is given as --set {key}=VALUE"
    owners = [
        other
        for other in TRAINERS
        for one in make_command(registry.trainer(other)).params
        if option in one.opts or (isinstance(one, RenamedOption) and option == one.was)
    ]
    return f"{option} does not go with train {kind}; it is for {' or '.join(owners)}" if owners else ""
