"""``emgctl calibrate`` of a decoder of poses: move along with a drawn hand, and what is learnt from it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection
from datetime import datetime
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.errors import UsageError

if TYPE_CHECKING:
    from emgctl.calibration.history import History
    from emgctl.calibration.protocol import Prompt
    from emgctl.profile.load import Profile
    from emgctl.training.data.preprocess_spec import PreprocessRequest
    from emgctl.training.experiment import Trained
    from emgctl.training.pose.trainer import FittedPoses
    from emgctl.types import Recording

TRAINING_STEPS = 300
_OF_GESTURES = {
    "gestures": "--gestures", "named_rest": "--rest", "hold_s": "--hold", "rest_s": "--pause", "model": "--model",
    "wanted": "--false-activations", "use_earlier": "--use-earlier", "refresh": "--refresh",
    "turned_gesture": "--rotation", "dropped": "--drop",
}  # fmt: skip


def calibrate_pose(
    profile: Profile,
    history: History,
    into: Path,
    repetitions: int,
    seconds: float | None,
    preprocess_text: str,
    given: Collection[str],
) -> None:
    """Record, find the person's delay, learn, test on the last repetition, and keep.

    Args:
        profile: whose decoder is one of poses.
        history: of its calibrations.
        into: where the profile looks for its model.
        repetitions: of each movement, unless it was not ``given``.
        seconds: how long the session takes, None for as long as is comfortable.
        preprocess_text: as for emgctl train.
        given: the options that were named on the command line.

    Raises:
        UsageError: an option makes no sense for poses.
        EmgctlError: nobody followed, or something can't be recorded, learnt or written; the old model stays.
    """
    from emgctl.calibration.fit import advice_on_poses
    from emgctl.calibration.history import Entry
    from emgctl.calibration.pose_delay import find_delay, followed
    from emgctl.calibration.pose_protocol import LEAST_REPETITIONS, MOVEMENTS, pose_script
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    if wrong := [word for name, word in _OF_GESTURES.items() if name in given]:
        raise UsageError(
            f"{' and '.join(wrong)}: only for gestures; a decoder of poses is calibrated anew, with "
            "--repetitions, --seconds and --preprocess"
        )
    repetitions = repetitions if "repetitions" in given else LEAST_REPETITIONS
    if repetitions < LEAST_REPETITIONS:
        raise UsageError(f"poses need {LEAST_REPETITIONS} repetitions at least: the last one says how good it is")
    preprocess = parse_preprocessing(preprocess_text)
    steps = pose_script(repetitions, seconds)
    name = history.new_name(datetime.now().astimezone())
    recording = _record(profile, history, name, steps)
    found = find_delay(recording)
    rotation = getattr(profile.decoder.options, "rotation", 0)
    trained, model = _learn(followed(recording, found.delay_s, rotation), repetitions, preprocess, into)
    result = trained.result
    entry = Entry(
        made=name,
        kind="calibration",
        gestures=MOVEMENTS,
        repetitions=repetitions,
        balanced_accuracy=None,
        sha256=hashlib.sha256(model).hexdigest(),
        model=f"{name}.onnx",
        recording=f"{name}.h5",
        rotation=rotation,
        error_deg=round(degrees(result["smoothed"]["mae_rad"]), 3),
        delay_s=round(found.delay_s, 3),
    )
    history.add(entry, model, into)
    click.echo(f"your muscles were {found.delay_s:.2f} s behind the drawn hand; what is learnt is that much later")
    for sentence in advice_on_poses(result):
        click.echo(sentence)
    click.echo(f"{into.name} is written; try it with: emgctl run --profile {history.profile}")


def _record(profile: Profile, history: History, name: str, steps: list[Prompt]) -> Recording:
    """Lead the person through the steps."""
    from emgctl.calibration.pose_protocol import MOVEMENTS, REST
    from emgctl.calibration.preview_page import write_page
    from emgctl.calibration.session import run_session
    from emgctl.cli.prompts import prompts
    from emgctl.recording.reader import read_recording
    from emgctl.runtime.shutdown import ShutdownFlag

    page, file = history.folder / "movements.html", history.folder / f"{name}.h5"
    write_page(page, steps)
    said = f"{sum(step.seconds for step in steps):.0f} s: {', '.join(MOVEMENTS)}, {steps[-1].repetition} times each"
    click.echo(f"{said}; move your hand as the drawn one moves (to see it first, open {page})", err=True)
    with prompts() as screen, ShutdownFlag() as stop:
        run_session(profile.input, steps, file, profile.user, name, REST, screen, stop)
    return read_recording(file)


def _learn(
    recording: Recording, repetitions: int, preprocess: PreprocessRequest, into: Path
) -> tuple[Trained[FittedPoses], bytes]:
    """The network of everything, what it reached on the last repetition, and its file's bytes."""
    from emgctl.calibration.pose_protocol import REST
    from emgctl.cli.progress import progress_bar
    from emgctl.training.data.splits import parse_split
    from emgctl.training.experiment import train
    from emgctl.training.plan import Plan
    from emgctl.training.pose.trainer import PoseConfig, PoseTrainer

    split = parse_split(f"repetition:{repetitions}")
    plan = Plan(split, rest=REST, final="all", preprocess=preprocess)
    with progress_bar() as progress, tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        trained = train([recording], PoseTrainer(PoseConfig(steps=TRAINING_STEPS)), plan, progress)
        progress("export", 0, 1)
        path = Path(folder) / into.name
        trained.export(path)
        return trained, path.read_bytes()
