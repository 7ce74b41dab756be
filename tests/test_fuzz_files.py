"""The short form of scripts/fuzz_files.py; EMGCTL_REPEAT makes it as long as you like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks a process for each batch")
@pytest.mark.parametrize("kind", ["profile", "model", "recording", "data"])
def test_damaged_files_are_never_more_than_a_sentence(kind):
    if kind == "model":
        pytest.importorskip("onnx")
    count = str(50 * int(os.environ.get("EMGCTL_REPEAT", "1")))
    command = [sys.executable, "scripts/fuzz_files.py", "--kind", kind, "--count", count, "--seed", "7"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violations" in done.stdout
