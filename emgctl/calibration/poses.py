"""Calibrating a decoder of poses: follow a drawn hand, then train on the recording."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import datetime
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.calibration.gestures import record
from emgctl.calibration.options import Calibration, CalibrationOptions, CalibrationUI
from emgctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emgctl.calibration.history import History
    from emgctl.calibration.protocol import Prompt
    from emgctl.profile.load import Profile
    from emgctl.support.preconditions import Progress
    from emgctl.training.data.preprocess_spec import PreprocessRequest
    from emgctl.training.experiment import Trained
    from emgctl.training.pose.trainer import FittedPoses
    from emgctl.types import Recording

TRAINING_STEPS = 300
_OF_GESTURES = (
    "gestures", "rest", "hold_s", "rest_s", "model", "false_activations_per_minute", "use_earlier", "refresh", "drop",
    "quick", "sync", "unwanted", "casual", "learn_from", "arm",
)  # fmt: skip


def calibrate_pose(
    profile: Profile, history: History, into: Path, rotation: int, options: CalibrationOptions, ui: CalibrationUI
) -> Calibration:
    """Record, find the person's delay, learn, test on the last repetition, and keep.

    Args:
        profile: whose decoder is one of poses.
        history: of its calibrations.
        into: where the profile looks for its model.
        rotation: by how many electrodes the armband is rotated.
        options: what was asked for.
        ui: who shows the movements.

    Raises:
        UsageError: an option makes no sense for poses.
        CalibrationError: the model is too poor to be used, or to replace the one in use.
        EmgctlError: nobody followed, or something can't be recorded, trained or written; the old model stays.
    """
    from emgctl.calibration.acceptance import check_poses
    from emgctl.calibration.advice import advice_on_poses
    from emgctl.calibration.history import CALIBRATION, Entry
    from emgctl.calibration.pose_delay import find_delay, followed
    from emgctl.calibration.pose_protocol import LEAST_REPETITIONS, MOVEMENTS, pose_script
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    check_options(options, ui)
    repetitions = LEAST_REPETITIONS if options.repetitions is None else options.repetitions
    if repetitions < LEAST_REPETITIONS:
        raise UsageError(f"poses need {LEAST_REPETITIONS} repetitions at least: the last one says how good it is")
    preprocess = parse_preprocessing(options.preprocess)
    steps = pose_script(repetitions, options.seconds)
    name = history.new_name(datetime.now().astimezone())
    with history.noting_failure(name, CALIBRATION, MOVEMENTS, repetitions):
        recording = _record(profile, history, name, steps, ui)
        found = find_delay(recording)
        moved = followed(recording, found.delay_s, rotation)
        trained, model = _learn(moved, repetitions, preprocess, into, ui.progress)
        result = trained.result
        check_poses(result, history, into, history.folder / f"{name}.h5")
    entry = Entry(
        made=name,
        kind=CALIBRATION,
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
    late = f"your muscles were {found.delay_s:.2f} s behind the drawn hand; labels are shifted by that much"
    return Calibration(entry, into, (late, *advice_on_poses(result)), result)


def check_options(options: CalibrationOptions, ui: CalibrationUI) -> None:
    """Check that no option of gestures was given.

    Raises:
        UsageError: one was.
    """
    if wrong := [ui.name(name) for name in _OF_GESTURES if getattr(options, name) is not None]:
        left = ", ".join(map(ui.name, ("repetitions", "seconds")))
        raise UsageError(
            f"{' and '.join(wrong)}: only for gestures; a decoder of poses is calibrated anew, with "
            f"{left} and {ui.name('preprocess')}"
        )


def _record(profile: Profile, history: History, name: str, steps: Sequence[Prompt], ui: CalibrationUI) -> Recording:
    """Lead the person through the steps."""
    from emgctl.calibration.pose_protocol import MOVEMENTS, REST
    from emgctl.calibration.preview_page import write_page
    from emgctl.calibration.protocol import announced
    from emgctl.recording.reader import read_recording

    page, file = history.folder / "movements.html", history.folder / f"{name}.h5"
    write_page(page, steps)
    summary = announced(steps, MOVEMENTS, steps[-1].repetition)
    ui.notify(f"{summary}; move your hand as the drawn one moves (to see it first, open {page})")
    record(profile, file, name, steps, REST, ui)
    return read_recording(file)


def _learn(
    recording: Recording, repetitions: int, preprocess: PreprocessRequest, into: Path, progress: Progress
) -> tuple[Trained[FittedPoses], bytes]:
    """The network of everything, what it reached on the last repetition, and its file's bytes."""
    from emgctl.calibration.pose_protocol import REST
    from emgctl.training.data.splits import parse_split
    from emgctl.training.experiment import train
    from emgctl.training.plan import Plan
    from emgctl.training.pose.trainer import PoseConfig, PoseTrainer

    split = parse_split(f"repetition:{repetitions}")
    plan = Plan(split, rest=REST, final="all", preprocess=preprocess)
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        trained = train([recording], PoseTrainer(PoseConfig(steps=TRAINING_STEPS)), plan, progress)
        progress("export", 0, 1)
        path = Path(folder) / into.name
        trained.export(path)
        return trained, path.read_bytes()
