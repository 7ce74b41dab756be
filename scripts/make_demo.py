"""Make the demo: profiles/demo.h5 (a simulated recording), demo.onnx (a model) and the model's hash in demo.yaml.

    python scripts/make_demo.py            # needs pip install "emgctl[train]"

Both come from the motor-unit simulator (docs/synthetic.md); no person was recorded. The model is trained on other
sessions than the one that is played, with the armband sitting a little differently in each.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

from emgctl.recording.convert import write_recording
from emgctl.support.atomic_write import write_text
from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer
from emgctl.training.data.splits import parse_split
from emgctl.training.experiment import train
from emgctl.training.plan import Plan
from emgctl_synthetic import SyntheticOptions, synthesize

PROFILES = Path(__file__).parent.parent / "profiles"

GESTURES = ("fist", "open", "flexion", "extension", "radial", "ulnar", "pinch", "point")
DEMO_SEED, DEMO_S = 2026, 60.0
SESSIONS = tuple(enumerate((0.0, -6.0, 6.0, -3.0, 3.0), start=1))  # seeds to train on, and how the armband was turned
SESSION_S = 96.0
FORCES = (0.35, 0.5)
WINDOW_MS, HOP_MS = 200.0, 50.0


def session(seed: int, rotation_deg: float, duration_s: float, rest_s: float, hold_s: float) -> SyntheticOptions:
    """Gestures in random order with a rest before each, first at one force and then at another."""
    steps = [
        step
        for force in FORCES
        for gesture in GESTURES
        for step in (
            {"gesture": "rest", "seconds": rest_s},
            {"gesture": gesture, "seconds": hold_s, "force": force},
        )
    ]
    return SyntheticOptions.model_validate(
        {"script": steps, "order": "random", "seed": seed, "rotation_deg": rotation_deg, "duration_s": duration_s}
    )


def demo_options() -> SyntheticOptions:
    """The session that the demo plays: each gesture twice, in 60 s."""
    return session(DEMO_SEED, 2.0, DEMO_S, rest_s=1.5, hold_s=2.25)


def write_model(path: Path) -> None:
    """Train on all sessions but the last, which is for testing, and write the model."""
    sessions = [
        synthesize(session(seed, turned, SESSION_S, rest_s=2.0, hold_s=4.0), f"session {seed}")
        for seed, turned in SESSIONS
    ]
    trainer = ClassifierTrainer(ClassifierConfig(model="mlp", window_ms=WINDOW_MS, hop_ms=HOP_MS))
    plan = Plan(parse_split(f"session:{sessions[-1].session}"))
    trained = train(sessions, trainer, plan, lambda *_: None)
    print(f"{path.name}: {100 * trained.result['accuracy']:.1f} % right, {plan.split.description}")
    trained.export(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo's recording and model from the motor-unit simulator.")
    parser.add_argument("--out", type=Path, default=PROFILES, help="the folder with demo.yaml")
    folder: Path = parser.parse_args().out
    profile, model = folder / "demo.yaml", folder / "demo.onnx"
    text = profile.read_text(encoding="utf-8")
    (folder / "demo.h5").unlink(missing_ok=True)
    write_recording(folder / "demo.h5", synthesize(demo_options()))
    write_model(model)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    write_text(profile, re.sub(r"sha256: .*", f"sha256: {digest}", text))


if __name__ == "__main__":
    main()
