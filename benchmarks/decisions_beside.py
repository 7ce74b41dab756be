"""Every decision and command of this tree beside an older one: the same models and recordings, the same bytes?

    python benchmarks/decisions_beside.py --old COMMIT [--data FOLDER] [--models FOLDER]

The old tree trains a small grid model (FlexEMG) and a small pose model (NinaPro DB5) on recordings in --data, by
default EMGCTL_DATA; --models keeps the two, and trains none that is there. Both trees then play the same recordings at
full speed through the demo's model and these to the output 'log'. For each log it prints the number of lines, and
whether both are equal byte by byte; else the fields that only one tree writes, the first line that differs, and by how
much numbers differ. The status is 1 if any differs.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from emgctl.cli.other_version import environment, unpacked
from emgctl.errors import UsageError

NEW = Path(__file__).parent.parent
READERS = {"grid": "flexemg", "pose": "ninapro"}
TRAINED_ON = {"grid": "flexemg_64ch/001-Session1Train", "pose": "ninapro_db5_e1/S1_E1.mat"}
PLAYED = {"grid": "flexemg_64ch/001-Session3Test/001-001.mat", "pose": "ninapro_db5_e1/S1_E1.mat"}
HOW = {
    "grid": ("--wraps", "--split", "repetition:9,10"),
    "pose": ("--size", "small", "--steps", "50", "--split", "repetition:2,5"),
}
GESTURES = {"Fist": "a", "Raise": "b", "Lower": "x", "Open": "y"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, metavar="COMMIT")
    parser.add_argument("--data", default=os.environ.get("EMGCTL_DATA"), metavar="FOLDER")
    parser.add_argument("--models", metavar="FOLDER")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        try:
            old = unpacked(chosen.old, folder)
        except UsageError as error:
            sys.exit(f"--old: {error}")
        cases = {"demo": demo(old)}
        if chosen.data:
            models = Path(chosen.models or folder / "models").resolve()
            models.mkdir(parents=True, exist_ok=True)
            cases |= {kind: trained(kind, old, Path(chosen.data).resolve(), models) for kind in READERS}
        logs = {
            name: [log(tree, folder / f"{name}-{turn}", *case) for turn, tree in enumerate((old, NEW))]
            for name, case in cases.items()
        }
    same = [compare(name, *both) for name, both in logs.items()]
    return 0 if all(same) else 1


def demo(old):
    """The demo's profile, and its files by their names."""
    files = {name: (old / "profiles" / name).read_bytes() for name in ("demo.h5", "demo.onnx")}
    return yaml.safe_load((old / "profiles" / "demo.yaml").read_text()), files


def trained(kind, old, data, models):
    """A profile with a model that the old tree has trained, and its files by their names."""
    model, played = models / f"{kind}.onnx", data / PLAYED[kind]
    if not model.exists():
        source = f"{READERS[kind]}:{data / TRAINED_ON[kind]}"
        emgctl(old, models, "train", source, "--decoder", kind, "--out", model, "--no-report", *HOW[kind])
    profile = {
        "emgctl": 1,
        "user": "benchmark",
        "input": {"kind": "replay", "path": played.name},
        "decoder": {"kind": kind, "model": model.name},
        "mapping": {name: [{"do": "hold", "button": button}] for name, button in GESTURES.items() if kind == "grid"},
    }
    return profile, {model.name: model.read_bytes(), played.name: played.read_bytes()}


def log(tree, folder, profile, files):
    """The lines that a run writes."""
    folder.mkdir()
    for name, content in files.items():  # a profile reaches no file outside its folder
        (folder / name).write_bytes(content)
    profile = profile | {"outputs": [{"kind": "log", "path": "log.jsonl"}]}
    (folder / "profile.yaml").write_text(yaml.safe_dump(profile))
    emgctl(tree, folder, "run", "--profile", "profile.yaml", "--speed", "max")
    return (folder / "log.jsonl").read_bytes().splitlines()


def emgctl(tree, folder, *words):
    """Run a command of a tree; what it prints matters only if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "emgctl", *map(str, words)],
        cwd=folder, env=environment(tree), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{tree}: emgctl {words[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def compare(name, old, new):
    """Print whether both logs are the same."""
    if old == new:
        kinds = {json.loads(line).get("gesture", "pose") for line in new}
        print(f"{name}: {len(new)} lines, equal byte by byte; decided: {', '.join(sorted(map(str, kinds)))}")
        return True
    print(f"{name}: DIFFERS; the old tree writes {len(old)} lines, this one {len(new)}")
    before, after = ({key for line in lines for key in json.loads(line)} for lines in (old, new))
    for tree, keys in (("the old tree", before - after), ("this tree", after - before)):
        if keys:
            print(f"  only {tree} writes {', '.join(sorted(keys))}")
    pairs = enumerate(zip(old, new, strict=False), 1)
    number, different = next(((number, pair) for number, pair in pairs if pair[0] != pair[1]), (None, ()))
    if different:
        print(f"  first in line {number}:", *(line.decode() for line in different), sep="\n    ")
    apart = [farthest(json.loads(one), json.loads(other)) for one, other in zip(old, new, strict=False)]
    print(f"  numbers differ by up to {max(apart):.2g}" if max(apart) < math.inf else "  not only in numbers")
    return False


def farthest(one, other):
    """The largest difference of numbers in two values, infinity if something else differs."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return max((farthest(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other)
    return 0.0 if one == other else math.inf


if __name__ == "__main__":
    sys.exit(main())
