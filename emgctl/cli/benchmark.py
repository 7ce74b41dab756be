"""What ``emgctl bench`` measures: real runs of emgctl, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emgctl.inference.model import Model
from emgctl.support.own_program import own_command

SIGNALS: dict[str, dict[str, Any]] = {
    "armband": {"channels": 8, "rate_hz": 200.0},
    "grid": {"layout": "grid", "grid": (8, 8), "rate_hz": 2000.0, "unit": "uV"},
}
WINDOW_MS, HOP_MS = 200.0, 50.0
UNPACED_S = 60.0
PROFILE = """\
emgctl: 1
user: bench
input: {{kind: replay, path: signal.h5, to_s: {to_s}}}
decoder: {{kind: {decoder}, model: model.onnx, hop_s: {hop_s}}}
mapping: {{fist: [{{do: hold, button: a}}], open: [{{do: proportional, axis: right_trigger}}]}}
outputs: [{{kind: log, path: commands.jsonl}}]
"""
IMPORTS = "emgctl.cli.import_time"


def measure(
    signals: Mapping[str, Mapping[str, Any]],
    seconds: float,
    model: str,
    report: Callable[[str], None],
    hop_ms: float = HOP_MS,
) -> dict[str, Any]:
    """Train on simulated EMG and run it, for each signal.

    Args:
        signals: their names, and the options of the input ``synthetic`` that makes them.
        seconds: the length of the paced run.
        model: the kind of classifier.
        report: called with what is done next.
        hop_ms: a decision every so many milliseconds.

    Returns:
        ``help_s`` and ``import_s``, and for each signal the stats of the paced run, with the unpaced run's
        ``realtime_factor`` and ``decode_us_unpaced``.
    """
    result: dict[str, Any] = {
        "help_s": min(_timed(own_command("emgctl", "--help"))[0] for _ in range(5)),
        "import_s": min(float(_timed(own_command(IMPORTS))[1]) for _ in range(3)),
        "seconds": seconds,
        "model": model,
        "hop_ms": hop_ms,
    }
    for name, options in signals.items():
        with tempfile.TemporaryDirectory(prefix="emgctl-bench-") as folder:
            report(f"{name}: training on simulated EMG")
            prepare(Path(folder), options, model, max(seconds, UNPACED_S))
            report(f"{name}: {seconds:g} s at real speed")
            paced = measure_prepared(Path(folder), seconds, "real", hop_ms)
            report(f"{name}: as fast as possible")
            unpaced = measure_prepared(Path(folder), UNPACED_S, "max", hop_ms)
        paced["realtime_factor"] = unpaced["realtime_factor"]
        paced["decode_us_unpaced"] = unpaced["stage_us"]["decode"]["p50"]
        result[name] = paced
    return result


def _timed(
    command: list[str], environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[float, str]:
    begun_s = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        command, check=True, capture_output=True, encoding="utf-8", errors="replace", env=environment, cwd=folder
    )
    return time.perf_counter() - begun_s, done.stdout


def prepare(folder: Path, options: Mapping[str, Any], model: str, seconds: float) -> None:
    """Put a model and the signal to be played into ``folder``; for a grid, a model of the decoder ``grid``."""
    from emgctl.recording.convert import convert
    from emgctl.training.classifier.grid_trainer import GridConfig, GridTrainer
    from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer
    from emgctl.training.data.splits import parse_split
    from emgctl.training.experiment import train
    from emgctl.training.plan import Plan
    from emgctl_synthetic import SyntheticOptions, synthesize

    def simulated(seed: int, duration_s: float) -> Any:
        script = {"script": "all", "seed": seed, "duration_s": duration_s, **options}
        return synthesize(SyntheticOptions.model_validate(script))

    times = {"window_ms": WINDOW_MS, "hop_ms": HOP_MS}
    grid = "grid" in options
    trainer = GridTrainer(GridConfig(**times)) if grid else ClassifierTrainer(ClassifierConfig(model=model, **times))
    train([simulated(1, 60.0)], trainer, Plan(parse_split("blocked")), lambda *_: None).export(folder / "model.onnx")
    convert([simulated(2, seconds)], folder / "signal.h5", lambda _done, _all: None)


def measure_prepared(
    folder: Path, seconds: float, speed: str, hop_ms: float = HOP_MS, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The stats of a run of what :func:`prepare` put into ``folder``, by default with this process's environment."""
    profile, stats = folder / "bench.yaml", folder / "stats.json"
    kind = Model.load(folder / "model.onnx").card.kind
    profile.write_text(PROFILE.format(to_s=seconds, decoder=kind, hop_s=hop_ms / 1e3), encoding="utf-8")
    command = own_command("emgctl", "run", "--profile", str(profile), "--speed", speed, "--stats", str(stats))
    _timed(command, environment, None if environment is None else folder)  # modules of the working folder come first
    figures: dict[str, Any] = json.loads(stats.read_text(encoding="utf-8"))
    return figures
