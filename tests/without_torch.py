"""``emgctl`` in a process that has none of the libraries of training."""

import subprocess
import sys

SCRIPT = """\
import sys, importlib.machinery, importlib.util as util
away, find = ("torch", "onnx", "onnxscript", "scipy", "sklearn", "matplotlib"), util.find_spec
for name in away: sys.modules[name] = None
util.find_spec = lambda name, package=None: None if name in away else find(name, package)
from emgctl.cli import cli
cli(sys.argv[1:])
"""


def emgctl_without_torch(*words, cwd):
    """Run a command where torch, onnx, scipy and others can't be imported."""
    line = [sys.executable, "-c", SCRIPT, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, check=False)
