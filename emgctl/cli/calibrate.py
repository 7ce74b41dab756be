"""``emgctl calibrate``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from emgctl.cli.options import input_option, profile_option
from emgctl.cli.renamed import RenamedChoice
from emgctl.inference.model_card import FORMER_MODELS
from emgctl.training.classifier.model_zoo import AUTO, MODELS

if TYPE_CHECKING:
    from emgctl.calibration.history import History
    from emgctl.profile.load import Profile

ROTATION_S = 4.0

KINDS = ("classifier", "grid")
POSE = "pose"


@click.command()
@profile_option
@input_option
@click.option("--gestures", metavar="A,B,...", help="What to make, without rest; default: those of the mapping.")
@click.option("--rest", "named_rest", metavar="LABEL", help="What rest is called; default: as last time, or 'rest'.")
@click.option("--decoder", type=click.Choice([*KINDS, POSE]), help="What a new profile decodes with.")
@click.option("--repetitions", type=click.IntRange(1, 20), default=3, show_default="3, of poses 2")
@click.option("--seconds", type=click.FloatRange(20, 600), help="Of poses: how long all of it takes; default: 65.")
@click.option(
    "--hold", "hold_s", type=click.FloatRange(1, 30), default=3.0, show_default=True, help="Seconds of a gesture."
)
@click.option(
    "--pause", "rest_s", type=click.FloatRange(1, 30), default=2.0, show_default=True, help="Seconds of a rest."
)
@click.option(
    "--false-activations", "wanted", type=click.FloatRange(min=0), default=1.0, show_default=True,
    help="How many a minute of rest are acceptable; decides how certain a gesture has to be.",
)  # fmt: skip
@click.option(
    "--model",
    type=RenamedChoice([*MODELS, AUTO], FORMER_MODELS),
    default="lda-mlp",
    show_default=True,
    help="What is fitted.",
)
@click.option("--preprocess", "preprocess_text", default="", metavar="STEP,...", help="As for emgctl train.")
@click.option("--use-earlier", is_flag=True, help="Learn from all earlier calibrations, too.")
@click.option("--refresh", is_flag=True, help="One short repetition, learnt together with all earlier calibrations.")
@click.option("--rotation", "turned_gesture", metavar="GESTURE", help="Find how the armband is turned, by one gesture.")
@click.option(
    "--drop", "dropped", multiple=True, metavar="GESTURE", help="Make do without a gesture, without recording."
)
@click.option("--rollback", is_flag=True, help="Go back to the calibration before the latest one.")
@click.pass_context
def calibrate(
    context: click.Context,
    profile_path: Path,
    input_override: str | None,
    gestures: str | None,
    named_rest: str | None,
    decoder: str | None,
    repetitions: int,
    seconds: float | None,
    hold_s: float,
    rest_s: float,
    wanted: float,
    model: str,
    preprocess_text: str,
    use_earlier: bool,
    refresh: bool,
    turned_gesture: str | None,
    dropped: tuple[str, ...],
    rollback: bool,
) -> None:
    """Prompt for each gesture, learn from what was recorded, and put the model where the profile looks for it.

    Beside the profile, NAME.calibration keeps every recording, every model and their history. Begin and end are found
    in the muscles' own activity, not in the prompts. The last repetition is held out to say how good it is, and to
    choose how certain a gesture has to be. A profile that does not exist yet is begun with --input.

    Where the profile's decoder is 'pose', a hand is drawn instead, and you move yours along with it for a minute.

    \b
    Examples:
      emgctl calibrate --profile alice.yaml --gestures fist,open,pinch
      emgctl calibrate --profile alice.yaml --refresh
      emgctl calibrate --profile alice.yaml --rotation fist
      emgctl calibrate --profile alice.yaml --drop pinch
      emgctl calibrate --profile alice.yaml --rollback
      emgctl calibrate --profile bob.yaml --input myo --decoder pose
    """
    from emgctl.api.checks import check_writable, needs_train_extra
    from emgctl.calibration.history import History
    from emgctl.errors import UsageError
    from emgctl.profile.load import load_profile
    from emgctl.profile.template import write_starter
    from emgctl.registry import Registry

    registry = Registry()
    if not profile_path.exists():
        write_starter(profile_path, input_override, registry, decoder or KINDS[0])
        click.echo(f"{profile_path} is new", err=True)
    profile = load_profile(profile_path, registry, input_override)
    into, history = _model_path(profile, decoder), History(profile_path)
    if rollback:
        entry = history.rollback(into)
        click.echo(f"{into.name} is the model of {entry.made} again: {', '.join(entry.gestures)}")
        return
    given = {name for name in context.params if context.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    if profile.decoder.kind == POSE:
        from emgctl.cli.calibrating_pose import calibrate_pose

        check_writable(into, profile_path)
        needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "scipy")
        calibrate_pose(profile, history, into, repetitions, seconds, preprocess_text, given)
        return
    if seconds is not None:
        raise UsageError("--seconds is for a decoder of poses; of gestures, --hold and --pause say how long they take")
    rest = named_rest or _last_rest(into, history)
    check_writable(into, profile_path)
    history.check_editable()
    needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "sklearn", "scipy")
    if turned_gesture is not None:
        _rotation(profile, history, turned_gesture, rest)
        return
    from emgctl.calibration.protocol import REFRESH_REST_S, refresh_hold_s, script
    from emgctl.cli.calibrating import Learning, drop, hold
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    preprocess = parse_preprocessing(preprocess_text)
    learning = Learning(history, into, rest, wanted, model, preprocess, profile.decoder.options.postprocessing,
                        profile.decoder.kind)  # fmt: skip
    name = history.new_name(datetime.now().astimezone())
    if dropped:
        drop(learning, dropped, name, use_earlier)
        return
    chosen = _gestures(profile, gestures, rest, history if refresh else None)
    if refresh:
        repetitions, hold_s, rest_s = 1, refresh_hold_s(len(chosen), min(hold_s, 2.0)), REFRESH_REST_S
    rotation = getattr(profile.decoder.options, "rotation", 0)
    earlier = history.recordings() if refresh or use_earlier else []
    steps = script(chosen, rest, repetitions, hold_s, rest_s)
    click.echo(f"{sum(step.seconds for step in steps):.0f} s: {', '.join(chosen)}, {repetitions} times each", err=True)
    made = hold(profile, history.folder / f"{name}.h5", name, steps, rest)
    files = [*earlier, *((file, rotation) for file in made)]
    gone = history.dropped() - set(chosen)
    learning.learn(files, name, "refresh" if refresh else "calibration", repetitions, gone)
    if missing := sorted(set(profile.mapping) - {*chosen, rest}):
        click.echo(f"emgctl: warning: the mapping names what was not calibrated: {', '.join(missing)}", err=True)


def _model_path(profile: Profile, decoder: str | None) -> Path:
    from emgctl.errors import UsageError

    path = getattr(profile.decoder.options, "model", None)
    kind = profile.decoder.kind
    if kind not in (*KINDS, POSE) or not isinstance(path, Path):
        raise UsageError(f"decoder '{kind}' can't be calibrated; {', '.join(KINDS)} and {POSE} can")
    if decoder not in (None, kind):
        raise UsageError(f"the profile's decoder is '{kind}', not '{decoder}'; --decoder is for a new profile")
    return path


def _last_rest(into: Path, history: History) -> str:
    """What rest was called in the latest calibration."""
    from emgctl.inference.model import Model

    known = bool(history.entries()) and into.exists()
    return (Model.load(into, kind=KINDS).card.rest if known else "") or "rest"


def _gestures(profile: Profile, named: str | None, rest: str, history: History | None) -> list[str]:
    """What is to be made: as named, as at the last calibration, or as the mapping wants it."""
    from emgctl.errors import UsageError

    if named is not None:
        found = [one.strip() for one in named.split(",")]
    elif history is not None:
        entries = history.entries()
        if not entries:
            raise UsageError("there is no calibration to refresh yet; run it without --refresh")
        found = list(entries[-1].gestures)
    else:
        found = list(profile.mapping)
    chosen = [one for one in dict.fromkeys(found) if one and one != rest]
    if not chosen:
        raise UsageError("there is no gesture to make; name some with --gestures fist,open")
    return chosen


def _rotation(profile: Profile, history: History, gesture: str, rest: str) -> None:
    """Ask for one gesture, and write into the profile by how many electrodes the armband is turned."""
    import tempfile

    from emgctl.calibration.protocol import Prompt
    from emgctl.calibration.rotation import find_rotation
    from emgctl.cli.calibrating import corrected, hold
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.inference.model import RING

    kept = history.recordings()
    if not kept:
        raise UsageError("there is no calibration to compare with yet; run it without --rotation")
    calibrated = [corrected(file, rest, turn) for file, turn in kept]
    known = {name for one in calibrated for name in one.label_names} - {rest}
    if gesture not in known:
        raise UsageError(f"'{gesture}' was not calibrated{did_you_mean(gesture, known)}")
    steps = [Prompt(rest, 2.0, 1), Prompt(gesture, ROTATION_S, 1, "as in the calibration"), Prompt(rest, 1.0, 1)]
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        files = hold(profile, Path(folder) / "rotation.h5", "rotation", steps, rest)
        found = find_rotation(calibrated, [corrected(file, rest) for file in files], gesture)
    history.change({("decoder", "rotation"): found.electrodes})
    channels = calibrated[0].signal.channels
    ring = RING if channels % RING == 0 else channels
    turn = min(found.electrodes, ring - found.electrodes)
    way = "" if turn == found.electrodes else " the other way"
    click.echo(f"the armband is turned by {turn} of {ring} electrodes{way}; {history.profile} says so now")
    click.echo(f"correlation of {gesture} with the calibration: {found.correlation:.2f}, not turned {found.before:.2f}")
