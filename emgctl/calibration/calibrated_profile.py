"""A profile as a calibration finds it: begun where there is none, its model's file, and what is to be made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.calibration.history import QUICK, SYNC, USE, History
from emgctl.calibration.options import CalibrationOptions, CalibrationUI
from emgctl.errors import UsageError
from emgctl.plugin import HasModel
from emgctl.profile.load import Profile, load_profile
from emgctl.profile.template import write_starter
from emgctl.recording.labels import check_gestures
from emgctl.registry import Registry

CONTRASTIVE, POSE, MUSCLES = "contrastive", "pose", "muscles"
KINDS = ("classifier", "grid", CONTRASTIVE)  # of gestures


def open_profile(
    path: Path,
    input_override: str | None,
    decoder: str | None,
    ui: CalibrationUI,
    gestures: Sequence[str] = (),
    hand: str = "",
) -> Profile:
    """The person's profile, which is begun where there is none yet."""
    registry = Registry()
    if not path.exists():
        write_starter(path, input_override, registry, decoder or KINDS[0], gestures, hand)
        ui.notify(f"{path} is new")
    return load_profile(path, registry, input_override)


def model_file(profile: Profile, decoder: str | None) -> tuple[Path, str]:
    """The model file that the decoder loads, and of which kind it has to be."""
    found, kind = profile.decoder, profile.decoder.kind
    if not isinstance(found, HasModel) or found.model_kind not in (*KINDS, POSE, MUSCLES):
        raise UsageError(f"decoder '{kind}' can't be calibrated; {', '.join(KINDS)}, {POSE} and {MUSCLES} can")
    if decoder not in (None, kind):
        raise UsageError(
            f"the profile's decoder is '{kind}', not '{decoder}'; another can be named for a new profile only"
        )
    return found.model_path, found.model_kind


def last_rest(into: Path, history: History) -> str:
    """What rest was called in the latest calibration."""
    from emgctl.inference.model import Model

    known = bool(history.entries()) and into.exists()
    return (Model.load(into, kind=KINDS).card.rest if known else "") or "rest"


def chosen_gestures(
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
