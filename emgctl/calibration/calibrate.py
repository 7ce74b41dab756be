"""Calibrating a person's profile from beginning to end: prompts, recording, training, keeping."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.calibration.calibrated_profile import (
    CONTRASTIVE,
    KINDS,
    MUSCLES,
    POSE,
    chosen_gestures,
    last_rest,
    model_file,
    open_profile,
)
from emgctl.calibration.history import CALIBRATION, FULL, REFRESH, Entry, History
from emgctl.calibration.options import Calibration, CalibrationOptions, CalibrationUI
from emgctl.errors import EmgctlError, UsageError
from emgctl.handmodel.ninapro_movements import named
from emgctl.inference.gesture_decoder import GestureDecoder
from emgctl.plugin import Rotatable
from emgctl.profile.load import Profile, load_profile
from emgctl.registry import Registry
from emgctl.support.preconditions import check_writable, needs_train_extra

if TYPE_CHECKING:
    from emgctl.calibration.gestures import Learning
    from emgctl.calibration.quick import QuickCalibration

OF_NETWORKS = ("preprocess", "use_earlier", "refresh", "drop")
OF_FULL_CALIBRATIONS = ("repetitions", "seconds", "hold_s", "rest_s", "model", *OF_NETWORKS)
QUICK_GESTURES = ("fist", "flexion", "extension")  # of a new profile
REPETITIONS, HOLD_S, REST_S, FALSE_ACTIVATIONS, MODEL = 3, 3.0, 2.0, 1.0, "lda-mlp"  # of gestures


def calibrate_profile(
    path: Path, input_override: str | None, options: CalibrationOptions, ui: CalibrationUI
) -> Calibration:
    """Prompt for each gesture or movement, learn, and put the model where the profile looks for it.

    Raises:
        UsageError: an option makes no sense, or a new profile has no input.
        CalibrationError: the model is too poor to be used, or to replace the one in use.
        EmgctlError: something can't be recorded, trained or written; the old model stays. A new profile does not, if
            nothing was recorded.
    """
    is_new = not path.exists()
    if options.gestures is not None:
        options = replace(options, gestures=named(options.gestures))
    try:
        return _calibrated(path, input_override, options, ui, is_new)
    except (EmgctlError, KeyboardInterrupt):
        if History(path).tidy() and is_new and path.exists():
            path.unlink()
            ui.notify(f"{path} is removed again, since nothing was recorded")
        raise


def _calibrated(
    path: Path, input_override: str | None, options: CalibrationOptions, ui: CalibrationUI, is_new: bool
) -> Calibration:
    chosen = options.gestures or QUICK_GESTURES if options.quick else options.gestures or () if options.hand else ()
    if options.hand and not is_new:
        raise UsageError(f"{ui.name('hand')} is for a new profile; {path} has its outputs already")
    if not (options.refresh or options.sync):
        options.refuse(("recorded",), ui, f"goes with {ui.name('refresh')} or {ui.name('sync')}")
    profile = open_profile(path, input_override, options.decoder, ui, chosen, options.hand)
    (into, model_kind), history = model_file(profile, options.decoder), History(path)
    rotation = _rotation(profile)
    if model_kind == POSE:
        from emgctl.calibration.poses import calibrate_pose

        check_writable(into, path)
        needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "scipy")
        return calibrate_pose(profile, history, into, rotation, options, ui)
    if model_kind == MUSCLES:
        from emgctl.calibration.muscles import calibrate_muscles

        check_writable(into, path)
        return calibrate_muscles(profile, history, into, options, ui)
    if options.seconds is not None:
        raise UsageError(
            f"{ui.name('seconds')} is for a decoder of poses; of gestures, {ui.name('hold_s')} and "
            f"{ui.name('rest_s')} say how long they take"
        )
    rest = options.rest or last_rest(into, history)
    check_writable(into, path)
    postprocessing = profile.decoder.postprocessing if isinstance(profile.decoder, GestureDecoder) else None
    history.check_editable(postprocessing is not None)
    if options.quick or options.sync or options.learn_from:
        return _calibrate_quickly(_of_population(profile, history, into, rest, options, ui), options)
    options.refuse(("unwanted", "casual"), ui, f"goes with {ui.name('quick')}")
    if options.model == FULL or _without_torch(profile, options, ui):
        return _calibrate_with_population(_of_population(profile, history, into, rest, options, ui), options)
    options.refuse(("arm",), ui, f"goes with {ui.name('quick')}")
    if model_kind == CONTRASTIVE:
        options.refuse(("model",), ui, f"does not go with the decoder '{CONTRASTIVE}', which has a model of its own")
    moves_classes = _moves_classes(model_kind, options, ui)
    if not moves_classes:
        needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "sklearn", "scipy")
    from emgctl.calibration.gestures import Learning, drop
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    learning = Learning(
        history,
        into,
        rest,
        _acceptable(options),
        options.model or MODEL,
        parse_preprocessing(options.preprocess),
        postprocessing,
        model_kind,
        ui,
        moves_classes,
    )
    name = options.recorded.stem if options.recorded else history.new_name(datetime.now().astimezone())
    if options.drop:
        return drop(learning, options.drop, name, bool(options.use_earlier))
    return _calibrate_gestures(profile, learning, name, rotation, options)


def _calibrate_quickly(quick: QuickCalibration, options: CalibrationOptions) -> Calibration:
    """With the prompts of a quick calibration, of its update, or with none at all."""
    ui = quick.ui
    option = "learn_from" if options.learn_from else "sync" if options.sync else "quick"
    options.refuse(OF_FULL_CALIBRATIONS, ui, f"does not go with {ui.name(option)}")
    if options.quick and option == "quick":
        chosen = chosen_gestures(quick.profile, options, quick.rest, quick.history, ui)
        done = quick.calibrate(chosen, options.unwanted or (), bool(options.casual))
        _warn_of_others(quick.profile, chosen, quick.rest, ui)
        return done
    updates = (
        "quick",
        "gestures",
        "unwanted",
        "casual",
        "arm",
        "false_activations_per_minute",
        *(() if option == "sync" else ("sync",)),
    )
    options.refuse(updates, ui, f"does not go with {ui.name(option)}, which keeps the gestures and the arm")
    return quick.learn_from_use(options.learn_from) if options.learn_from else quick.sync(options.recorded)


def _without_torch(profile: Profile, options: CalibrationOptions, ui: CalibrationUI) -> bool:
    """Whether the population's model has to do, since what the usual ones need is not installed."""
    if profile.decoder.kind != KINDS[0] or options.given(("model", *OF_NETWORKS)):
        return False
    if importlib.util.find_spec("torch") is not None:
        return False
    ui.notify(f"torch is not installed, so the model is '{FULL}' (ring of 8 electrodes only; docs/calibration.md)")
    return True


def _moves_classes(model_kind: str, options: CalibrationOptions, ui: CalibrationUI) -> bool:
    """Whether a refresh has to do without training, since what that needs is not installed."""
    others = ("preprocess", "use_earlier", "drop")
    if model_kind != CONTRASTIVE or not options.refresh or options.given(others):
        return False
    if importlib.util.find_spec("torch") is not None:
        return False
    ui.notify("torch is not installed, so the refresh moves the model's grasps and trains nothing (docs/prosthesis.md)")
    return True


def _calibrate_with_population(quick: QuickCalibration, options: CalibrationOptions) -> Calibration:
    """With the prompts of a full calibration."""
    ui = quick.ui
    options.refuse(OF_NETWORKS, ui, f"does not go with {ui.name('model')} {FULL}")
    chosen = chosen_gestures(quick.profile, options, quick.rest, quick.history, ui)
    done = quick.calibrate_fully(chosen, *_prompting(options))
    _warn_of_others(quick.profile, chosen, quick.rest, ui)
    return done


def _of_population(
    profile: Profile, history: History, into: Path, rest: str, options: CalibrationOptions, ui: CalibrationUI
) -> QuickCalibration:
    from emgctl.calibration.quick import QuickCalibration
    from emgctl.inference.population.model import PopulationModel

    if profile.decoder.kind != KINDS[0]:
        option = next((name for name in ("quick", "sync", "learn_from") if getattr(options, name)), "model")
        raise UsageError(
            f"{ui.name(option)}{f' {FULL}' if option == 'model' else ''} is for the decoder 'classifier', and the "
            f"profile's is '{profile.decoder.kind}'"
        )
    rotation = _rotation(profile)
    return QuickCalibration(
        profile,
        history,
        into,
        rest,
        PopulationModel.load(),
        ui,
        options.arm or "right",
        rotation,
        _acceptable(options),
    )


def _acceptable(options: CalibrationOptions) -> float:
    """How many false activations a minute the person accepts."""
    given = options.false_activations_per_minute
    return FALSE_ACTIVATIONS if given is None else given


def _rotation(profile: Profile) -> int:
    """By how many electrodes the decoder compensates for a turned armband."""
    return profile.decoder.rotation if isinstance(profile.decoder, Rotatable) else 0


def _prompting(options: CalibrationOptions) -> tuple[int, float, float]:
    """Repetitions, and seconds of a gesture and of a rest, of a full calibration."""
    return (
        REPETITIONS if options.repetitions is None else options.repetitions,
        HOLD_S if options.hold_s is None else options.hold_s,
        REST_S if options.rest_s is None else options.rest_s,
    )


def preview_profile(path: Path, input_override: str | None, gestures: Sequence[str] | None, ui: CalibrationUI) -> Path:
    """Give a profile the population's model, with which a run shows what it would do; the model's file.

    Raises:
        UsageError: there is a model already, or the population model has no such gesture.
        EmgctlError: something can't be read or written.
    """
    from emgctl.calibration.quick_card import write_preview
    from emgctl.inference.population.model import PopulationModel

    profile = open_profile(path, input_override, None, ui, gestures or QUICK_GESTURES)
    into, model_kind = model_file(profile, None)
    if model_kind != KINDS[0]:
        raise UsageError(f"{ui.name('preview')} is for the decoder 'classifier', not for '{profile.decoder.kind}'")
    check_writable(into)
    options = CalibrationOptions(gestures=tuple(gestures) if gestures else None)
    chosen = chosen_gestures(profile, options, "rest", History(path), ui)
    write_preview(into, chosen, "rest", PopulationModel.load())
    return into


def _warn_of_others(profile: Profile, chosen: Sequence[str], rest: str, ui: CalibrationUI) -> None:
    if missing := sorted(set(profile.mapping) - {*chosen, rest}):
        ui.notify(f"warning: the mapping names what was not calibrated: {', '.join(missing)}")


def _calibrate_gestures(
    profile: Profile, learning: Learning, name: str, rotation: int, options: CalibrationOptions
) -> Calibration:
    from emgctl.calibration.gestures import hold
    from emgctl.calibration.moved_classes import check_known
    from emgctl.calibration.protocol import REFRESH_REST_S, announced, refresh_hold_s, script

    history, rest, ui, refresh = learning.history, learning.rest, learning.ui, bool(options.refresh)
    chosen = chosen_gestures(profile, options, rest, history, ui)
    repetitions, hold_s, rest_s = _prompting(options)
    if refresh:
        repetitions, hold_s, rest_s = 1, refresh_hold_s(len(chosen), min(hold_s, 2.0)), REFRESH_REST_S
    if learning.moves_classes:
        check_known(learning.into, chosen)
    earlier = history.recordings() if (refresh or options.use_earlier) and not learning.moves_classes else []
    steps = script(chosen, rest, repetitions, hold_s, rest_s)
    kind = REFRESH if refresh else CALIBRATION
    with history.noting_failure(name, kind, chosen, repetitions):
        made = [options.recorded] if options.recorded else []
        if not made:
            ui.notify(announced(steps, chosen, repetitions))
            made = hold(profile, history.folder / f"{name}.h5", name, steps, rest, ui)
        files = [*earlier, *((file, rotation) for file in made)]
        done = learning.learn(files, name, kind, repetitions, history.dropped() - set(chosen))
    _warn_of_others(profile, chosen, rest, ui)
    return done


def rollback(path: Path) -> tuple[Entry, Path]:
    """Go back to the calibration before the latest one; that calibration, and the file its model is in again.

    Raises:
        UsageError: there is none before.
        EmgctlError: the profile can't be read or written, or the earlier model is gone.
    """
    into, _ = model_file(load_profile(path, Registry()), None)
    return History(path).rollback(into), into
