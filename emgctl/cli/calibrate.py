"""``emgctl calibrate``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from emgctl.cli.options import Number, input_option, profile_option
from emgctl.cli.renamed import RenamedChoice, RenamedOption
from emgctl.cli.stating_options import stating_options
from emgctl.errors import UsageError
from emgctl.inference.model_card import FORMER_MODELS
from emgctl.training.classifier.model_zoo import AUTO, MODELS

if TYPE_CHECKING:
    from emgctl.calibration.options import CalibrationUI

OPTIONS = {
    "gestures": "gestures", "named_rest": "rest", "decoder": "decoder", "repetitions": "repetitions",
    "seconds": "seconds", "hold_s": "hold_s", "rest_s": "rest_s", "wanted": "false_activations_per_minute",
    "model": "model", "preprocess_text": "preprocess", "use_earlier": "use_earlier", "refresh": "refresh",
    "dropped": "drop", "quick": "quick", "sync": "sync", "unwanted": "unwanted", "casual": "casual",
    "learn_from": "learn_from", "arm": "arm", "hand": "hand",
}  # fmt: skip
FLAGS = {
    "gestures": "--gestures", "rest": "--rest", "hold_s": "--hold", "rest_s": "--rest-seconds", "model": "--model",
    "false_activations_per_minute": "--false-activations", "use_earlier": "--use-earlier", "refresh": "--refresh",
    "find_rotation": "--find-rotation", "repetitions": "--repetitions", "seconds": "--seconds",
    "hand": "--hand", "arm": "--arm", "learn_from": "--learn-from", "preview": "--preview",
    "quick": "--quick", "sync": "--sync", "unwanted": "--not", "casual": "--casual",
    "preprocess": "--preprocess", "drop": "--drop", "rollback_calibration": "--rollback",
}  # fmt: skip
ALONE: dict[str, tuple[str, ...]] = {
    "back": (), "preview": ("input_override", "gestures"), "turned_gesture": ("input_override", "named_rest"),
}  # fmt: skip
"""What prompts for no calibration, and the options that go with it beside the profile."""


@click.command()
@profile_option
@input_option
@stating_options
@click.option(
    "--gestures",
    metavar="A,B,...",
    help="What to make, without rest; default: those of the mapping. ninapro:30 is a movement of NinaPro.",
)  # fmt: skip
@click.option("--rest", "named_rest", metavar="LABEL", help="What rest is called; default: as last time, or 'rest'.")
@click.option(
    "--decoder",
    type=click.Choice(["classifier", "grid", "contrastive", "pose", "muscles"]),
    help="What a new profile decodes with.",
)
@click.option("--hand", metavar="PROTOCOL:PORT", help="A new profile drives this hand, such as ability:/dev/ttyUSB0.")
@click.option("--repetitions", type=click.IntRange(1, 20), default=3, show_default="3, of poses 2")
@click.option("--seconds", type=Number(20, 600), help="Of poses: how long all of it takes; default: 65.")
@click.option("--hold", "hold_s", type=Number(1, 30), default=3.0, show_default=True, help="Seconds of a gesture.")
@click.option(
    "--rest-seconds",
    "rest_s",
    cls=RenamedOption,
    was="--pause",
    type=Number(1, 30),
    default=2.0,
    show_default=True,
    help="Seconds of a rest.",
)
@click.option(
    "--false-activations", "wanted", type=Number(min=0), default=1.0, show_default=True,
    help="How many a minute of rest are acceptable; decides how certain a gesture has to be.",
)  # fmt: skip
@click.option(
    "--model",
    type=RenamedChoice([*MODELS, AUTO, "population"], FORMER_MODELS),
    default="lda-mlp",
    show_default=True,
    help="What is fitted; population needs no torch.",
)
@click.option("--preprocess", "preprocess_text", default="", metavar="STEP,...", help="As for emgctl train.")
@click.option("--use-earlier", is_flag=True, help="Learn from all earlier calibrations, too.")
@click.option("--quick", is_flag=True, help="Rest and 2 s of each gesture, for a ring of 8 electrodes; needs no torch.")
@click.option(
    "--not", "unwanted", multiple=True, metavar="NAME", help="With --quick: also 2 s of a movement to ignore."
)
@click.option("--arm", type=click.Choice(["right", "left"]), help="With --quick: which one wears it; default: right.")
@click.option("--casual", is_flag=True, help="With --quick: also 10 s of everyday movement, to be ignored.")
@click.option("--sync", is_flag=True, help="After --quick, on another day: 2 s each of rest, fist and extension.")
@click.option(
    "--learn-from", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="RECORDING",
    help="After --quick: learn from a recording of use, without labels.",
)  # fmt: skip
@click.option("--preview", is_flag=True, help="Record nothing: a run then shows what it would do, and moves nothing.")
@click.option("--refresh", is_flag=True, help="One short repetition; train on it and all earlier calibrations.")
@click.option(
    "--find-rotation",
    "turned_gesture",
    cls=RenamedOption,
    was="--rotation",
    metavar="GESTURE",
    help="Find how the armband is turned, by one gesture.",
)
@click.option(
    "--drop", "dropped", multiple=True, metavar="GESTURE", help="Make do without a gesture, without recording."
)
@click.option("--rollback", "back", is_flag=True, help="Go back to the calibration before the latest one.")
@click.pass_context
def calibrate(
    context: click.Context,
    /,
    profile_path: Path,
    input_override: str | None,
    gestures: str | None,
    named_rest: str | None,
    turned_gesture: str | None,
    back: bool,
    preview: bool,
    **_passed_on: object,
) -> None:
    """Prompt for each gesture, learn from what was recorded, and put the model where the profile looks for it.

    Beside the profile, NAME.calibration keeps every recording, every model and their history. Begin and end are found
    in the muscles' own activity, not in the prompts. The last repetition is held out to say how good it is, and to
    choose how certain a gesture has to be. A profile that does not exist yet is begun with --input.

    Where the profile's decoder is 'pose', a hand is drawn instead, and you move yours along with it for a minute. With
    'muscles', for one to six electrodes, it takes ten seconds: rest, and a strong effort of each muscle.

    \b
    Examples:
      emgctl calibrate --profile new.yaml --input myo --quick --gestures fist,flexion,extension
      emgctl calibrate --profile new.yaml --sync
      emgctl calibrate --profile guest.yaml --input myo --preview
      emgctl calibrate --profile alice.yaml --gestures fist,open,pinch
      emgctl calibrate --profile alice.yaml --refresh
      emgctl calibrate --profile alice.yaml --find-rotation fist
      emgctl calibrate --profile alice.yaml --drop pinch
      emgctl calibrate --profile alice.yaml --rollback
      emgctl calibrate --profile bob.yaml --input myo --decoder pose
      emgctl calibrate --profile two.yaml --input serial:/dev/ttyUSB0 --decoder muscles --gestures close,open
      emgctl calibrate --profile hand.yaml --input myo --quick --gestures fist,open,pinch --hand ability:/dev/ttyUSB0
    """
    from emgctl.calibration.calibrate import calibrate_profile, preview_profile, rollback
    from emgctl.calibration.options import CalibrationOptions, CalibrationUI
    from emgctl.calibration.prompts import prompts
    from emgctl.cli.progress import late_progress_bar

    given = {name for name in context.params if context.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    chosen = {option: context.params[name] for name, option in OPTIONS.items() if name in given}
    _refuse_beside(context.command, given)
    if back:
        entry, into = rollback(profile_path)
        click.echo(f"{into.name} is the model of {entry.made} again: {', '.join(entry.gestures)}")
        return
    if gestures is not None:
        chosen["gestures"] = tuple(one.strip() for one in gestures.split(","))
    if preview:
        into = preview_profile(
            profile_path, input_override, chosen.get("gestures"), CalibrationUI(prompts, _notify, named=FLAGS)
        )
        click.echo(
            f"{into.name} is a preview: emgctl run --profile {profile_path} shows what it would do, and moves nothing"
        )
        return
    with late_progress_bar() as progress:
        ui = CalibrationUI(prompts, _notify, progress, FLAGS)
        if turned_gesture is not None:
            _rotation(profile_path, turned_gesture, input_override, named_rest, ui)
            return
        done = calibrate_profile(profile_path, input_override, CalibrationOptions(**chosen), ui)
    for sentence in done.advice:
        click.echo(sentence)
    written = "is written" if done.replaced else "stays as it was"
    click.echo(f"{done.model.name} {written}; try it with: emgctl run --profile {profile_path}")


def _refuse_beside(command: click.Command, given: Collection[str]) -> None:
    """Refuse every option that does not go with one of those that prompt for no calibration."""
    flags = {option.name or "": option.opts[-1] for option in command.params}
    for alone, beside in ALONE.items():
        others = [flags[name] for name in flags if name in given and name not in (alone, "profile_path", *beside)]
        if alone in given and others:
            verb = "do" if len(others) > 1 else "does"
            raise UsageError(f"{' and '.join(others)} {verb} not go with {flags[alone]}")


def _notify(text: str) -> None:
    click.echo(f"emgctl: {text}" if text.startswith("warning: ") else text, err=True)


def _rotation(path: Path, gesture: str, input_override: str | None, rest: str | None, ui: CalibrationUI) -> None:
    from emgctl.calibration.profile_rotation import find_profile_rotation
    from emgctl.inference.model import RING

    found, channels = find_profile_rotation(path, gesture, input_override, rest, ui)
    ring = RING if channels % RING == 0 else channels
    turn = min(found.electrodes, ring - found.electrodes)
    way = "" if turn == found.electrodes else " the other way"
    click.echo(f"the armband is turned by {turn} of {ring} electrodes{way}; {path} says so now")
    click.echo(f"correlation of {gesture} with the calibration: {found.correlation:.2f}, not turned {found.before:.2f}")
