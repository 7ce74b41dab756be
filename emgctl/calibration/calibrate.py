"""Calibrating a person's profile from beginning to end: prompts, recording, training, keeping."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.calibration.history import CALIBRATION, FULL, QUICK, REFRESH, SYNC, USE, WITH_RESTS, Entry, History
from emgctl.calibration.options import Calibration, CalibrationOptions, CalibrationUI
from emgctl.errors import EmgctlError, UsageError, did_you_mean
from emgctl.inference.gesture_decoder import GestureDecoder
from emgctl.plugin import HasModel, Rotatable
from emgctl.profile.load import Profile, load_profile
from emgctl.profile.template import write_starter
from emgctl.recording.labels import check_gestures
from emgctl.registry import Registry
from emgctl.support.preconditions import check_writable, needs_train_extra

if TYPE_CHECKING:
    from emgctl.calibration.gestures import Learning
    from emgctl.calibration.quick import QuickCalibration
    from emgctl.calibration.rotation import Rotation

ROTATION_S = 4.0
KINDS = ("classifier", "grid")
OF_NETWORKS = ("false_activations_per_minute", "preprocess", "use_earlier", "refresh", "drop")
OF_FULL_CALIBRATIONS = ("repetitions", "seconds", "hold_s", "rest_s", "model", *OF_NETWORKS)
POSE = "pose"
QUICK_GESTURES = ("fist", "flexion", "extension")  # of a new profile
REPETITIONS, HOLD_S, REST_S, FALSE_ACTIVATIONS, MODEL = (
    3,
    3.0,
    2.0,
    1.0,
    "lda-mlp",
)  # of gestures


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
    try:
        return _calibrated(path, input_override, options, ui)
    except (EmgctlError, KeyboardInterrupt):
        if History(path).tidy() and is_new and path.exists():
            path.unlink()
            ui.notify(f"{path} is removed again, since nothing was recorded")
        raise


def _calibrated(path: Path, input_override: str | None, options: CalibrationOptions, ui: CalibrationUI) -> Calibration:
    chosen = options.gestures or QUICK_GESTURES if options.quick else ()
    profile = _profile(path, input_override, options.decoder, ui, chosen)
    (into, model_kind), history = _model_file(profile, options.decoder), History(path)
    rotation = profile.decoder.rotation if isinstance(profile.decoder, Rotatable) else 0
    if model_kind == POSE:
        from emgctl.calibration.poses import calibrate_pose

        check_writable(into, path)
        needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "scipy")
        return calibrate_pose(profile, history, into, rotation, options, ui)
    if options.seconds is not None:
        raise UsageError(
            f"{ui.name('seconds')} is for a decoder of poses; of gestures, {ui.name('hold_s')} and "
            f"{ui.name('rest_s')} say how long they take"
        )
    rest = options.rest or _last_rest(into, history)
    check_writable(into, path)
    postprocessing = profile.decoder.postprocessing if isinstance(profile.decoder, GestureDecoder) else None
    history.check_editable(postprocessing is not None)
    if options.quick or options.sync or options.learn_from:
        return _calibrate_quickly(_of_population(profile, history, into, rest, options, ui), options)
    options.refuse(("unwanted", "casual"), ui, f"goes with {ui.name('quick')}")
    if options.model == FULL or _without_torch(profile, options, ui):
        return _calibrate_with_population(_of_population(profile, history, into, rest, options, ui), options)
    options.refuse(("arm",), ui, f"goes with {ui.name('quick')}")
    needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "sklearn", "scipy")
    from emgctl.calibration.gestures import Learning, drop
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    wanted = options.false_activations_per_minute
    learning = Learning(
        history,
        into,
        rest,
        FALSE_ACTIVATIONS if wanted is None else wanted,
        options.model or MODEL,
        parse_preprocessing(options.preprocess),
        postprocessing,
        model_kind,
        ui,
    )
    name = history.new_name(datetime.now().astimezone())
    if options.drop:
        return drop(learning, options.drop, name, bool(options.use_earlier))
    return _calibrate_gestures(profile, learning, name, rotation, options)


def _calibrate_quickly(quick: QuickCalibration, options: CalibrationOptions) -> Calibration:
    """With the prompts of a quick calibration, of its update, or with none at all."""
    ui = quick.ui
    option = "learn_from" if options.learn_from else "sync" if options.sync else "quick"
    options.refuse(OF_FULL_CALIBRATIONS, ui, f"does not go with {ui.name(option)}")
    if options.quick and option == "quick":
        chosen = _gestures(quick.profile, options, quick.rest, quick.history, ui)
        done = quick.calibrate(chosen, options.unwanted or (), bool(options.casual))
        _warn_of_others(quick.profile, chosen, quick.rest, ui)
        return done
    updates = ("quick", "gestures", "unwanted", "casual", "arm", *(() if option == "sync" else ("sync",)))
    options.refuse(updates, ui, f"does not go with {ui.name(option)}, which keeps the gestures and the arm")
    return quick.learn_from_use(options.learn_from) if options.learn_from else quick.sync()


def _without_torch(profile: Profile, options: CalibrationOptions, ui: CalibrationUI) -> bool:
    """Whether the population's model has to do, since what the usual ones need is not installed."""
    if profile.decoder.kind != KINDS[0] or options.given(("model", *OF_NETWORKS)):
        return False
    if importlib.util.find_spec("torch") is not None:
        return False
    ui.notify(f"torch is not installed, so the model is '{FULL}' (ring of 8 electrodes only; docs/calibration.md)")
    return True


def _calibrate_with_population(quick: QuickCalibration, options: CalibrationOptions) -> Calibration:
    """With the prompts of a full calibration."""
    ui = quick.ui
    options.refuse(OF_NETWORKS, ui, f"does not go with {ui.name('model')} {FULL}")
    chosen = _gestures(quick.profile, options, quick.rest, quick.history, ui)
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
    rotation = profile.decoder.rotation if isinstance(profile.decoder, Rotatable) else 0
    return QuickCalibration(profile, history, into, rest, PopulationModel.load(), ui, options.arm or "right", rotation)


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
        UsageError: there is a model already, or the population knows no such gesture.
        EmgctlError: something can't be read or written.
    """
    from emgctl.calibration.quick import write_preview
    from emgctl.inference.population.model import PopulationModel

    profile = _profile(path, input_override, None, ui, gestures or QUICK_GESTURES)
    into, model_kind = _model_file(profile, None)
    if model_kind != KINDS[0]:
        raise UsageError(f"{ui.name('preview')} is for the decoder 'classifier', not for '{profile.decoder.kind}'")
    check_writable(into)
    options = CalibrationOptions(gestures=tuple(gestures) if gestures else None)
    chosen = _gestures(profile, options, "rest", History(path), ui)
    write_preview(into, chosen, "rest", PopulationModel.load())
    return into


def _warn_of_others(profile: Profile, chosen: Sequence[str], rest: str, ui: CalibrationUI) -> None:
    if missing := sorted(set(profile.mapping) - {*chosen, rest}):
        ui.notify(f"warning: the mapping names what was not calibrated: {', '.join(missing)}")


def _calibrate_gestures(
    profile: Profile, learning: Learning, name: str, rotation: int, options: CalibrationOptions
) -> Calibration:
    from emgctl.calibration.gestures import hold
    from emgctl.calibration.protocol import REFRESH_REST_S, announced, refresh_hold_s, script

    history, rest, ui, refresh = learning.history, learning.rest, learning.ui, bool(options.refresh)
    chosen = _gestures(profile, options, rest, history, ui)
    repetitions, hold_s, rest_s = _prompting(options)
    if refresh:
        repetitions, hold_s, rest_s = 1, refresh_hold_s(len(chosen), min(hold_s, 2.0)), REFRESH_REST_S
    earlier = history.recordings() if refresh or options.use_earlier else []
    steps = script(chosen, rest, repetitions, hold_s, rest_s)
    ui.notify(announced(steps, chosen, repetitions))
    kind = REFRESH if refresh else CALIBRATION
    with history.noting_failure(name, kind, chosen, repetitions):
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
    into, _ = _model_file(load_profile(path, Registry()), None)
    return History(path).rollback(into), into


def find_profile_rotation(
    path: Path, gesture: str, input_override: str | None, named_rest: str | None, ui: CalibrationUI
) -> tuple[Rotation, int]:
    """Ask for one gesture, and write into the profile by how many electrodes the armband is turned.

    Returns:
        The rotation, and how many electrodes the signal has.

    Raises:
        UsageError: there is no calibration yet, or the gesture was not calibrated.
        EmgctlError: something can't be recorded or written.
    """
    from emgctl.calibration.gestures import corrected, hold
    from emgctl.calibration.protocol import Prompt
    from emgctl.calibration.rotation import find_rotation

    profile, history = _profile(path, input_override, None, ui), History(path)
    into, model_kind = _model_file(profile, None)
    if model_kind == POSE:
        raise UsageError(f"{ui.name('find_rotation')}: only for gestures; a decoder of poses is calibrated anew")
    if not isinstance(profile.decoder, Rotatable):
        raise UsageError(f"decoder '{profile.decoder.kind}' can't compensate for a rotation")
    rest = named_rest or _last_rest(into, history)
    check_writable(path)
    history.check_editable(isinstance(profile.decoder, GestureDecoder))
    kept = history.recordings(kinds=(*WITH_RESTS, QUICK, SYNC))
    if not kept:
        raise UsageError(
            f"there is no calibration to compare with yet; calibrate first, without {ui.name('find_rotation')}"
        )
    calibrated = [corrected(file, rest, ui, turn) for file, turn in kept]
    known = {name for one in calibrated for name in one.label_names} - {rest}
    if gesture not in known:
        raise UsageError(f"'{gesture}' was not calibrated{did_you_mean(gesture, known)}")
    steps = [Prompt(rest, 2.0, 1), Prompt(gesture, ROTATION_S, 1, "as in the calibration"), Prompt(rest, 1.0, 1)]
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        files = hold(profile, Path(folder) / "rotation.h5", "rotation", steps, rest, ui)
        found = find_rotation(calibrated, [corrected(file, rest, ui) for file in files], gesture)
    history.change({("decoder", "rotation"): found.electrodes})
    return found, calibrated[0].signal.channels


def _profile(
    path: Path, input_override: str | None, decoder: str | None, ui: CalibrationUI, gestures: Sequence[str] = ()
) -> Profile:
    """The person's profile, which is begun where there is none yet."""
    registry = Registry()
    if not path.exists():
        write_starter(path, input_override, registry, decoder or KINDS[0], gestures)
        ui.notify(f"{path} is new")
    return load_profile(path, registry, input_override)


def _model_file(profile: Profile, decoder: str | None) -> tuple[Path, str]:
    """The model file that the decoder loads, and of which kind it has to be."""
    found, kind = profile.decoder, profile.decoder.kind
    if not isinstance(found, HasModel) or found.model_kind not in (*KINDS, POSE):
        raise UsageError(f"decoder '{kind}' can't be calibrated; {', '.join(KINDS)} and {POSE} can")
    if decoder not in (None, kind):
        raise UsageError(
            f"the profile's decoder is '{kind}', not '{decoder}'; another can be named for a new profile only"
        )
    return found.model_path, found.model_kind


def _last_rest(into: Path, history: History) -> str:
    """What rest was called in the latest calibration."""
    from emgctl.inference.model import Model

    known = bool(history.entries()) and into.exists()
    return (Model.load(into, kind=KINDS).card.rest if known else "") or "rest"


def _gestures(
    profile: Profile, options: CalibrationOptions, rest: str, history: History, ui: CalibrationUI
) -> list[str]:
    """What is to be made: as named, as at the last calibration, or as the mapping wants it."""
    entries = history.entries() if options.refresh else ()
    if options.refresh and not entries:
        raise UsageError(f"there is no calibration to refresh yet; run it without {ui.name('refresh')}")
    if entries and entries[-1].kind in (QUICK, SYNC, USE):
        raise UsageError(f"{ui.name('refresh')} is for a full calibration; {ui.name('sync')} updates a quick one")
    if options.gestures is not None:
        found = list(options.gestures)
    elif entries:
        found = list(entries[-1].gestures)
    else:
        found = list(profile.mapping)
    chosen = [one for one in dict.fromkeys(found) if one and one != rest]
    if not chosen:
        raise UsageError(f"there is no gesture to make; name some with {ui.name('gestures')}, such as fist and open")
    check_gestures(chosen)
    return chosen
