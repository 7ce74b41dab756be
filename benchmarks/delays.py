"""A run of the demo at the pace of an armband, and how long after its packet each command came."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

HERE = Path(__file__).parent
NEW = HERE.parent
SETTLED = 20  # commands after which everything has been done once


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
