"""LibEMG's OnlineEMGClassifier and emgctl on the same signal in the same run; see README.md beside this file.

python benchmarks/libemg_online.py --seconds 30 [--grid] [--libemg PYTHON] [--json FILE]

With --grid, an 8 x 8 grid at 2 kHz: LibEMG with its band-pass filter, emgctl with the decoder grid.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from emgctl.cli.benchmark import SIGNALS, measure_prepared, prepare
from emgctl_synthetic import SyntheticOptions, synthesize

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-libemg"


def libemg_python() -> Path:
    """LibEMG's own environment, made when it is not there yet."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.check_call([sys.executable, "-m", "venv", ENVIRONMENT])
        subprocess.check_call(
            [python, "-m", "pip", "install", "--quiet", "-c", HERE.parent / "constraints.txt", "torch"]
        )
        subprocess.check_call([python, "-m", "pip", "install", "--quiet", "libemg==2.0.3"])
    return python


def listen(peer: socket.socket, arrivals: list[float]) -> None:
    """Note when each decision arrives, until the socket is closed."""
    while True:
        try:
            peer.recv(65536)
        except OSError:
            return
        arrivals.append(time.perf_counter())


def libemg(python: Path, signal: Path, seconds: float, folder: Path, rate_hz: float) -> dict[str, float]:
    """LibEMG's delays in milliseconds, from the write that completed a window to the decision's arrival over UDP."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    arrivals: list[float] = []
    threading.Thread(target=listen, args=(peer, arrivals), daemon=True).start()
    out = folder / "libemg.json"
    port = str(peer.getsockname()[1])
    begun_s = time.perf_counter()
    subprocess.check_call([python, HERE / "libemg_peer.py", signal, str(seconds), port, out, str(round(rate_hz))])
    peer.close()
    theirs = json.loads(out.read_text())
    stamps, arrived_s = np.array(theirs["stamps"]), np.array(arrivals)
    # It decides when the count of samples is *above* the window's end, so one packet after the window was complete;
    # counted from the last packet but one before the arrival, a decision that took longer is judged too kindly.
    complete = np.searchsorted(stamps, arrived_s, side="right") - 2
    delays_ms = 1e3 * (arrived_s - stamps[np.maximum(complete, 0)])
    return {"p50_ms": float(np.percentile(delays_ms, 50)), "p99_ms": float(np.percentile(delays_ms, 99)),
            "decisions": len(arrived_s), "cpu_share": theirs["cpu_s"] / (time.perf_counter() - begun_s)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--grid", action="store_true", help="64 channels at 2 kHz, with filters")
    parser.add_argument("--libemg", type=Path, help="a Python that has LibEMG, instead of the one made here")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emgctl-libemg-") as name:
        folder = Path(name)
        signal = SIGNALS["grid" if arguments.grid else "armband"]
        options = SyntheticOptions.model_validate(
            {"script": "all", "seed": 2, "duration_s": max(60, arguments.seconds), **signal}
        )
        recording = synthesize(options)
        np.savez(folder / "labelled.npz", samples=recording.samples, labels=recording.labels)
        prepare(folder, signal, "ensemble", arguments.seconds)
        ours = measure_prepared(folder, arguments.seconds, "real")
        theirs = libemg(
            arguments.libemg or libemg_python(), folder / "labelled.npz", arguments.seconds, folder, options.rate_hz
        )
    mine = {"p50_ms": ours["latency_us"]["p50"] / 1e3, "p99_ms": ours["latency_us"]["p99"] / 1e3,
            "decisions": ours["latency_us"]["count"], "cpu_share": ours["cpu_share"]}  # fmt: skip
    result = {"emgctl": mine, "libemg": theirs, "ratio_p50": theirs["p50_ms"] / mine["p50_ms"]}
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
