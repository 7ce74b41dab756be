"""The pose decoder live: 16 channels at 2 kHz, a pose every 20 ms, for each size of its network.

    python benchmarks/pose_stream.py --seconds 30

The networks have their size but are not trained, which costs the same. `emgctl run` plays noise at its own speed, in
packets of 10 ms, through the decoder with its smoothing to a log. The latency is from the moment the packet's last
sample was due to the moment its command was written; the step is the decoder alone, at this pace (when it comes back to
caches that others have used) and as fast as it goes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emgctl.handmodel.joints import JOINTS
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.recording.convert import write_recording
from emgctl.training.classifier.modules import Intensity
from emgctl.training.pose.config import SIZES, VEMG2POSE, VEMG2POSE_NETWORK, Network
from emgctl.training.pose.export import export_pose
from emgctl.training.pose.frontend import TdsFront
from emgctl.training.pose.network import PoseNetwork, PositionHead, VelocityHead
from emgctl.types import Recording, Signal

SIGNAL = Signal(16, 2000.0)
PROFILE = """\
emgctl: 1
user: bench
input: {kind: replay, path: noise.h5}
decoder: {kind: pose, model: model.onnx}
safety: {wait_for_rest: false}
outputs: [{kind: log, path: poses.jsonl}]
"""


def untrained(network: Network) -> PoseNetwork:
    """A network of a size, with its first weights."""
    torch.manual_seed(0)
    front = TdsFront(SIGNAL.channels, network.size)
    joints, hidden = len(JOINTS), network.hidden
    head = (
        VelocityHead(front.width, joints, hidden, network.layers, False, SIGNAL.rate_hz / front.hop)
        if network.velocity
        else PositionHead(front.width, joints, hidden, 0.0)
    )
    level = Intensity(torch.randn(50, 400, SIGNAL.channels), torch.zeros(50, dtype=torch.bool))
    return PoseNetwork(front, head, level, joints, SIGNAL.channels, 400).eval()


def measured(name: str, network: Network, seconds: float) -> dict[str, object]:
    """What a run of so many seconds tells."""
    made = untrained(network)
    noise = np.random.default_rng(0).normal(0, 20, (round(seconds * SIGNAL.rate_hz), SIGNAL.channels))
    samples = noise.astype(np.float32)
    card = ModelCard(
        emgctl="0", kind="pose", window=made.hop, hop=made.hop, joints=JOINTS,
        signal=CardSignal(channels=SIGNAL.channels, rate_hz=SIGNAL.rate_hz, unit=SIGNAL.unit),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        export_pose(made, card, samples[:4000], folder / "model.onnx")
        write_recording(folder / "noise.h5", Recording("noise", SIGNAL, samples, "noise"))
        (folder / "p.yaml").write_text(PROFILE)
        stats, unpaced = (run(folder, speed) for speed in ("real", "max"))
        size = (folder / "model.onnx").stat().st_size
    step, delay = stats["stage_us"]["decode"], stats["latency_us"]
    return {
        "network": name,
        "parameters": sum(one.numel() for one in made.parameters()),
        "model_bytes": size,
        "poses": stats["windows_decoded"],
        "step_ms": {key: step[key] / 1e3 for key in ("p50", "p99")},
        "step_ms_unpaced": {key: unpaced["stage_us"]["decode"][key] / 1e3 for key in ("p50", "p99")},
        "latency_ms": {key: delay[key] / 1e3 for key in ("p50", "p99")},
        "cpu_share": stats["cpu_share"],
        "rss_mb": stats["rss_mb"],
        "samples_lost": stats["samples_lost"],
    }


def run(folder: Path, speed: str) -> dict[str, Any]:
    """The stats of a run at a speed."""
    command = [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml", "--stats", "stats.json", "--speed", speed]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    stored: dict[str, Any] = json.loads((folder / "stats.json").read_text())
    return stored


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    words = parser.parse_args()
    for name, network in {**SIZES, VEMG2POSE: VEMG2POSE_NETWORK}.items():
        print(json.dumps(measured(name, network, words.seconds)), flush=True)


if __name__ == "__main__":
    main()
