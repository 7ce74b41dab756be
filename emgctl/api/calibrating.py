"""Calibrating a person's profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.api.arguments import checked
from emgctl.calibration.options import Calibration, CalibrationOptions, CalibrationUI
from emgctl.errors import UsageError
from emgctl.support.preconditions import Progress, no_progress

if TYPE_CHECKING:
    from emgctl.calibration.history import Entry
    from emgctl.calibration.rotation import Rotation
    from emgctl.calibration.session import PromptDisplay


def _notify(text: str) -> None:
    click.echo(f"emgctl: {text}", err=True)


@checked
def calibrate(
    profile: str | Path,
    *,
    input: str | Path | None = None,  # noqa: A002 - the word of a profile and of the command line
    gestures: str | Sequence[str] | None = None,
    rest: str | None = None,
    decoder: str | None = None,
    repetitions: int | None = None,
    hold_s: float | None = None,
    rest_s: float | None = None,
    seconds: float | None = None,
    model: str | None = None,
    preprocess: str = "",
    false_activations_per_minute: float | None = None,
    use_earlier: bool | None = None,
    refresh: bool | None = None,
    drop: str | Sequence[str] | None = None,
    quick: bool | None = None,
    sync: bool | None = None,
    unwanted: str | Sequence[str] | None = None,
    casual: bool | None = None,
    arm: str | None = None,
    learn_from: Sequence[str | Path] | None = None,
    screen: PromptDisplay | None = None,
    notify: Callable[[str], None] = _notify,
    progress: Progress = no_progress,
) -> Calibration:
    """Prompt a person, train on what was recorded, and put the model where the profile looks for it.

    It does what ``emgctl calibrate`` does: the recording and the earlier models are kept beside the profile, the last
    repetition is held out to measure how good the model is, and a profile that does not exist is begun with ``input``.
    Of a decoder of poses the person moves along with a drawn hand; only ``repetitions``, ``seconds`` and
    ``preprocess`` can be chosen then.

    Args:
        profile: the YAML file.
        input: another input instead of the profile's, ``KIND:ARGUMENT``, or the Path of a recording that answers.
        gestures: what to make, without rest; default: those of the mapping.
        rest: what rest is called; default: as last time, or "rest".
        decoder: what a new profile decodes with: "classifier", "grid" or "pose".
        repetitions: of each gesture, default 3; of poses 2.
        hold_s: seconds of a gesture, default 3.
        rest_s: seconds of a rest, default 2.
        seconds: of poses: how long all of it takes, default 65.
        model: what is fitted, as for :func:`emgctl.train`; default "lda-mlp".
        preprocess: steps such as "notch,bandpass:20-450"; they are done live, too.
        false_activations_per_minute: how many are acceptable at rest, default 1; decides the threshold.
        use_earlier: train on all earlier calibrations, too.
        refresh: one short repetition, together with all earlier calibrations.
        drop: gestures that model and profile are to do without; nothing is recorded then.
        quick: rest and two seconds of each gesture, for a ring of 8 electrodes: the population's model, without torch.
        sync: update a quick calibration on another day with rest, fist and extension.
        unwanted: movements that are made once, too, with ``quick``, and ignored from then on.
        arm: which one wears the armband, "right" or "left", with ``quick``.
        learn_from: recordings of use, from which the model learns without labels, after ``quick``.
        casual: ten seconds of everyday movement, with ``quick``, that are ignored from then on.
        screen: who shows the prompts (:class:`emgctl.calibration.session.PromptDisplay`); default: the terminal.
        notify: called with one sentence for the person; default: written to stderr.
        progress: called with the step's name, how much of it is done and how much there is.

    Returns:
        The figures, sentences of advice for the person, and the model's file.

    Raises:
        UsageError: an argument makes no sense, or a new profile has no input.
        ProfileError: with everything that is wrong in the profile.
        DeviceError: the input can't be opened, or a library of the extra ``train`` is missing.
        CalibrationError: the model is too poor to be used, or to replace the one in use, which stays.
        EmgctlError: the person did not work a muscle, or something can't be written; the old model stays.
    """
    from emgctl.calibration.calibrate import calibrate_profile

    for name, value in (("hold_s", hold_s), ("rest_s", rest_s)):
        if value is not None and not 1 <= value <= 30:
            raise UsageError(f"{name} is {value:g}, but goes from 1 to 30 seconds")
    if repetitions is not None and not 1 <= repetitions <= 20:
        raise UsageError(f"repetitions is {repetitions}, but goes from 1 to 20")
    options = CalibrationOptions(
        gestures=_names(gestures),
        rest=rest,
        decoder=decoder,
        repetitions=repetitions,
        seconds=seconds,
        hold_s=hold_s,
        rest_s=rest_s,
        false_activations_per_minute=false_activations_per_minute,
        model=model,
        preprocess=preprocess,
        use_earlier=use_earlier,
        refresh=refresh,
        drop=_names(drop),
        quick=quick,
        sync=sync,
        unwanted=_names(unwanted),
        casual=casual,
        arm=arm,
        learn_from=None if learn_from is None else tuple(map(Path, learn_from)),
    )
    ui = CalibrationUI(_prompts(screen), notify, progress)
    return calibrate_profile(Path(profile), _override(input), options, ui)


@checked
def find_rotation(
    profile: str | Path,
    gesture: str,
    *,
    input: str | Path | None = None,  # noqa: A002 - as above
    rest: str | None = None,
    screen: PromptDisplay | None = None,
    notify: Callable[[str], None] = _notify,
) -> Rotation:
    """Ask for one calibrated gesture, and write into the profile by how many electrodes the armband is turned.

    Args:
        profile: the YAML file.
        gesture: which one, for four seconds.
        input: another input instead of the profile's, as for :func:`emgctl.calibrate`.
        rest: what rest is called; default: as last time.
        screen: who shows the person what to do; default: the terminal.
        notify: called with one sentence for the person; default: written to stderr.

    Raises:
        UsageError: there is no calibration yet, or the gesture was not calibrated.
        EmgctlError: something can't be recorded or written.
    """
    from emgctl.calibration.profile_rotation import find_profile_rotation

    ui = CalibrationUI(_prompts(screen), notify)
    return find_profile_rotation(Path(profile), gesture, _override(input), rest, ui)[0]


@checked
def rollback_calibration(profile: str | Path) -> Entry:
    """Go back to the calibration before the latest one, which is returned; the files of the latest stay.

    Raises:
        UsageError: there is none before.
        FileError: its model is gone, or the profile can't be written.
    """
    from emgctl.calibration.calibrate import rollback

    return rollback(Path(profile))[0]


def _names(gestures: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if gestures is None else (gestures,) if isinstance(gestures, str) else tuple(gestures)


def _override(source: str | Path | None) -> str | None:
    return f"replay:{source}" if isinstance(source, Path) else source


def _prompts(screen: PromptDisplay | None) -> Callable[[], AbstractContextManager[PromptDisplay]]:
    if screen is not None:
        return lambda: nullcontext(screen)
    from emgctl.calibration.prompts import prompts

    return prompts
