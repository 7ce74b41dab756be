"""``emgctl calibrate``."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import input_option, profile_option

if TYPE_CHECKING:
    from emgctl.profile import Profile
    from emgctl.types import Recording


@click.command()
@profile_option
@input_option
@click.option("--gestures", metavar="A,B,...", help="What to make, without rest; default: those of the mapping.")
@click.option("--rest", default="rest", show_default=True, metavar="LABEL", help="What rest is called.")
@click.option("--repetitions", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option(
    "--hold", "hold_s", type=click.FloatRange(1, 30), default=3.0, show_default=True, help="Seconds of a gesture."
)
@click.option(
    "--pause", "rest_s", type=click.FloatRange(1, 30), default=2.0, show_default=True, help="Seconds of a rest."
)
@click.option("--use-earlier", is_flag=True, help="Learn from all earlier calibrations, too.")
@click.option("--refresh", is_flag=True, help="One short repetition, learnt together with all earlier calibrations.")
@click.option("--rollback", is_flag=True, help="Go back to the calibration before the latest one.")
def calibrate(
    profile_path: Path,
    input_override: str | None,
    gestures: str | None,
    rest: str,
    repetitions: int,
    hold_s: float,
    rest_s: float,
    use_earlier: bool,
    refresh: bool,
    rollback: bool,
) -> None:
    """Prompt for each gesture, learn from what was recorded, and put the model where the profile looks for it.

    Beside the profile, NAME.calibration keeps every recording, every model and their history. Begin and end are found
    in the muscles' own activity, not in the prompts. The last repetition is held out to say how good it is.

    \b
    Examples:
      emgctl calibrate --profile alice.yaml --gestures fist,open,pinch
      emgctl calibrate --profile alice.yaml --refresh
      emgctl calibrate --profile alice.yaml --rollback
    """
    from emgctl.calibration.history import History
    from emgctl.cli.training_options import check_writable, needs_train_extra
    from emgctl.profile import load_profile
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry(), input_override)
    into, history = _model_path(profile), History(profile_path)
    if rollback:
        entry = history.rollback(into)
        click.echo(f"{into.name} is the model of {entry.made} again: {', '.join(entry.gestures)}")
        return
    check_writable(into, profile_path)
    needs_train_extra("calibrate", "torch", "onnx", "onnxscript", "sklearn", "scipy")
    chosen = _gestures(profile, gestures, rest, history if refresh else None)
    earlier = history.recordings() if refresh or use_earlier else []
    if refresh:
        repetitions, hold_s, rest_s = 1, min(hold_s, 2.0), 1.0
    name = history.new_name(datetime.now().astimezone())
    recording = _record(profile, history.folder / f"{name}.h5", name, (chosen, rest, repetitions, hold_s, rest_s))
    _learn(history, into, name, [*earlier, recording], rest, "refresh" if refresh else "calibration", repetitions)
    if missing := sorted(set(profile.mapping) - {*chosen, rest}):
        click.echo(f"emgctl: warning: the mapping names what was not calibrated: {', '.join(missing)}", err=True)


def _model_path(profile: Profile) -> Path:
    from emgctl.errors import UsageError

    path = getattr(profile.decoder.options, "model", None)
    if profile.decoder.kind != "classifier" or not isinstance(path, Path):
        raise UsageError(f"decoder '{profile.decoder.kind}' can't be calibrated; only 'classifier' can")
    return path


def _gestures(profile: Profile, named: str | None, rest: str, history: Any) -> list[str]:
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


def _record(profile: Profile, out: Path, session: str, wanted: tuple[list[str], str, int, float, float]) -> Path:
    from emgctl.calibration.script import script
    from emgctl.calibration.session import hold_session
    from emgctl.cli.prompts import prompts
    from emgctl.stopping import Stopper

    steps = script(*wanted)
    click.echo(f"{sum(step.seconds for step in steps):.0f} s: {', '.join(wanted[0])}, {wanted[2]} times each", err=True)
    with prompts() as screen, Stopper() as stop:
        hold_session(profile.input, steps, out, profile.user, session, screen, stop)
    return out


def _learn(history: Any, into: Path, name: str, files: list[Path], rest: str, kind: str, repetitions: int) -> None:
    from emgctl.calibration.history import Entry
    from emgctl.calibration.outcome import advice, fit_calibration
    from emgctl.cli.progress import progress_bar
    from emgctl.training.export import export

    recordings = [_corrected(file, rest) for file in files]
    with progress_bar() as progress:
        trained = fit_calibration(recordings, rest, repetitions, progress)
        progress("export", 0, 1)
        with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
            export(trained.fitted.classifier, trained.card, trained.windows.samples, Path(folder) / into.name)
            model = (Path(folder) / into.name).read_bytes()
    labels = tuple(label for label in trained.card.labels if label != rest)
    entry = Entry(
        made=name,
        kind=kind,
        gestures=labels,
        repetitions=repetitions,
        balanced_accuracy=trained.result["balanced_accuracy"],
        sha256=hashlib.sha256(model).hexdigest(),
        model=f"{name}.onnx",
        recording=f"{name}.h5",
    )
    history.add(entry, model, into)
    for sentence in advice(trained.result):
        click.echo(sentence)
    click.echo(f"{into.name} is written; try it with: emgctl run --profile {history.profile}")


def _corrected(path: Path, rest: str) -> Recording:
    """A calibration recording with labels that follow the muscles; what was not done is said."""
    import numpy as np

    from emgctl.calibration.reaction import from_cues
    from emgctl.errors import EmgctlError
    from emgctl.recording.reader import read_recording

    recording, idle, _ = from_cues(read_recording(path), rest)
    for one in idle:
        click.echo(f"emgctl: warning: {path.name}: no muscle worked in {one}; it is left out", err=True)
    assert recording.labels is not None  # noqa: S101 - a session marks every step
    there = set(np.unique(recording.labels).tolist())
    gone = [name for place, name in enumerate(recording.label_names) if place not in there]
    if gone:
        raise EmgctlError(
            f"{path}: no muscle worked in any {' or '.join(gone)}; check the electrodes, and calibrate again"
        )
    return recording
