"""From a packet's arrival to its command, of this tree beside an older one, in one run.

    python benchmarks/latency_beside.py --old COMMIT [--rounds 6] [--seconds 20]

Both trees play the demo's recording at the pace of an armband through the demo's model to an output that takes the
time. Rounds alternate (old new, new old, ...), so that what else the machine does falls on both. Prints p50 and p99 of
each and their ratios: of all rounds together, and the median over the pairs of rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml

HERE = Path(__file__).parent
NEW = HERE.parent
SETTLED = 20  # commands after which everything has been done once


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=20.0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old"
        git = ["git", "-C", str(NEW), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(old), wanted.old], check=True)
        try:
            measured = rounds({"old": old, "new": NEW}, wanted.rounds, wanted.seconds, Path(folder))
        finally:
            subprocess.run([*git, "remove", "--force", str(old)], check=True)
    for name, delays_ms in measured.items():
        together = np.concatenate(delays_ms)
        p50, p99 = np.percentile(together, [50, 99])
        print(f"{name}: {len(together)} commands, p50 {p50:.3f} ms, p99 {p99:.3f} ms, longest {together.max():.3f} ms")
    for percent in (50, 99):
        old, new = ([np.percentile(one, percent) for one in measured[name]] for name in ("old", "new"))
        together = [np.percentile(np.concatenate(measured[name]), percent) for name in ("old", "new")]
        pairs = [b / a for a, b in zip(old, new, strict=True)]
        print(
            f"p{percent} new / old: {together[1] / together[0]:.3f} together, {statistics.median(pairs):.3f} median of "
            f"pairs ({min(pairs):.3f} to {max(pairs):.3f})"
        )


def rounds(trees, count, seconds, folder):
    measured = {name: [] for name in trees}
    for turn in range(count):
        for name in sorted(trees, reverse=turn % 2 == 0):  # old first, then new first
            measured[name].append(one_round(trees[name], seconds, folder / f"{name}{turn}"))
    return measured


def one_round(tree, seconds, folder, *words, beside=lambda _run: None):
    """The delays of one run, in ms; ``beside`` is called with its process, while it runs."""
    folder.mkdir()
    profile = yaml.safe_load((tree / "profiles" / "demo.yaml").read_text())
    for name in ("demo.h5", "demo.onnx"):
        shutil.copy(tree / "profiles" / name, folder)  # a profile reaches no file outside its folder
    delays = folder / "delays.json"
    profile["input"] = {"kind": "paced", "path": str(folder / "demo.h5")}
    profile["outputs"] = [{"kind": "stamped", "path": str(delays)}]
    (folder / "p.yaml").write_text(yaml.safe_dump(profile))
    path = os.pathsep.join(map(str, (tree, tree / "plugins", HERE / "plugins")))
    command = [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml", "--duration", str(seconds), *words]
    with subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, stderr=subprocess.PIPE) as run:
        beside(run)
        _, printed = run.communicate()
    if run.returncode:
        sys.exit(printed.decode())
    return 1000 * np.array(json.loads(delays.read_text()))[SETTLED:]


if __name__ == "__main__":
    main()
