"""Calibrating a decoder of muscles: rest, and a strong effort of each; ten seconds for two."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.calibration.gestures import kept, record
from emgctl.calibration.history import CALIBRATION, Entry, History
from emgctl.calibration.options import Calibration, CalibrationOptions, CalibrationUI
from emgctl.calibration.protocol import Prompt
from emgctl.errors import CalibrationError, DeviceError, EmgctlError, UsageError
from emgctl.inference.muscles.calibration import MOST_MUSCLES, MuscleCalibration
from emgctl.inference.muscles.fit import fit_muscles
from emgctl.profile.load import load_profile
from emgctl.profile.validate import mapping_problems, opened
from emgctl.recording.labels import check_gestures
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import labelled_segments
from emgctl.registry import Registry

if TYPE_CHECKING:
    from emgctl.profile.load import Profile
    from emgctl.types import Recording, Signal

MUSCLES = ("close", "open")  # of a person who names none: what the two sites of a prosthesis do
REST_S, EFFORT_S = 4.0, 3.0
REACTION_S = 0.7  # after a prompt, in which nobody works yet, or still
_OF_PATTERNS = (
    "repetitions", "seconds", "false_activations_per_minute", "model", "preprocess", "use_earlier", "refresh", "drop",
    "quick", "sync", "unwanted", "casual", "learn_from", "arm",
)  # fmt: skip


def calibrate_muscles(
    profile: Profile, history: History, into: Path, options: CalibrationOptions, ui: CalibrationUI
) -> Calibration:
    """Record rest and a strong effort of each muscle, measure, and keep.

    Raises:
        UsageError: an option is for patterns, or there are too many muscles.
        CalibrationError: the muscles can't be told from rest, or from one another; nothing is changed.
        EmgctlError: something can't be recorded or written.
    """
    options.refuse(_OF_PATTERNS, ui, "does not go with the decoder 'muscles', which measures rest and strong efforts")
    rest = options.rest or "rest"
    names = _names(rest, history, options, ui)
    history.check_editable(False)
    steps = [Prompt(rest, REST_S if options.rest_s is None else options.rest_s, 1)]
    effort_s = EFFORT_S if options.hold_s is None else options.hold_s
    steps += [Prompt(name, effort_s, 1, "as firmly as is comfortable") for name in names]
    name = history.new_name(datetime.now().astimezone())
    ui.notify(f"{sum(step.seconds for step in steps):.0f} s: {rest}, {', '.join(names)}, one after the other")
    file = history.folder / f"{name}.h5"

    def check(signal: Signal) -> None:
        if signal.channels < len(names):
            raise DeviceError(
                profile.input.kind, f"has {signal.channels} channels for {len(names)} muscles ({', '.join(names)})",
                f"{signal.channels} at most can be chosen ({ui.name('gestures')})",
            )  # fmt: skip

    with history.noting_failure(name, CALIBRATION, names, 1):
        record(profile, file, name, steps, rest, ui, check)
        found = _measured(read_recording(file), rest, names, into, file)
        data = (found.model_dump_json(indent=1) + "\n").encode()
        digest = hashlib.sha256(data).hexdigest()
        entry = Entry(name, CALIBRATION, names, 1, None, digest, f"{name}.json", file.name)
        history.add(entry, data, into)
    advice = (*_described(found), *_warnings(profile.path), kept(history, ui))
    return Calibration(entry, into, advice, _figures(found))


def usual_muscles(history: History) -> tuple[str, ...]:
    """The muscles where none are named: as at the last calibration, or those of a prosthesis."""
    entries = history.entries()
    return entries[-1].gestures if entries else MUSCLES


def _names(rest: str, history: History, options: CalibrationOptions, ui: CalibrationUI) -> tuple[str, ...]:
    names = tuple(one for one in dict.fromkeys(options.gestures or usual_muscles(history)) if one != rest)
    if not names:
        raise UsageError(f"there is no muscle to work; name some with {ui.name('gestures')}, such as close and open")
    check_gestures(names)
    if len(names) > MOST_MUSCLES:
        raise UsageError(
            f"{ui.name('gestures')} names {len(names)} muscles, and the decoder 'muscles' has {MOST_MUSCLES} at most; "
            "'classifier' recognizes patterns"
        )
    return names


def _measured(recording: Recording, rest: str, names: Sequence[str], into: Path, file: Path) -> MuscleCalibration:
    reaction = round(REACTION_S * recording.signal.rate_hz)
    spans = labelled_segments([recording], 0, len(recording.samples))
    held = {
        name: [
            recording.samples[first + reaction : end] for first, end in spans.get(name, []) if end - first > reaction
        ]
        for name in (rest, *names)
    }
    if missing := [name for name, parts in held.items() if not parts]:
        raise CalibrationError(f"nothing was recorded of {', '.join(missing)}", (), into, file)
    try:
        return fit_muscles(recording.signal, held[rest], {name: held[name] for name in names}, rest)
    except EmgctlError as error:
        raise CalibrationError(str(error), (), into, file) from error


def _described(found: MuscleCalibration) -> list[str]:
    """What was measured, a sentence a muscle."""
    what = "the sensors' own envelopes" if found.measure == "envelope" else "raw signals"
    return [
        f"{what}; the threshold is a share of the strong effort",
        *(
            f"{one.name}: electrode {one.channel + 1}, {one.rest:.3g} at rest and {one.strong:.3g} {found.unit} at a "
            f"strong effort; active from {100 * one.threshold:.0f} %"
            for one in found.muscles
        ),
    ]


def _warnings(path: Path) -> list[str]:
    """Why the profile can't run with this calibration, as where its options or its mapping name another muscle."""
    profile = load_profile(path, Registry())
    try:
        problems = list(mapping_problems(profile, opened(profile.decoder)))
    except EmgctlError as error:
        problems = [str(error)]
    return [f"warning: the profile can't run yet: {one}" for one in problems]


def _figures(found: MuscleCalibration) -> dict[str, Any]:
    muscles = [
        {
            "name": one.name,
            "electrode": one.channel + 1,
            "rest": one.rest,
            "strong": one.strong,
            "threshold": one.threshold,
            "active_from": found.active_from(one),
        }
        for one in found.muscles
    ]
    return {"muscles": muscles, "measure": found.measure, "unit": found.unit}
