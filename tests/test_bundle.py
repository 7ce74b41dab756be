"""The bundle that scripts/bundle has built, with nothing of this Python in reach."""

import subprocess
from pathlib import Path

import pytest
from full_form import FULL

ROOT = Path(__file__).parent.parent
BUILT = [path for path in sorted((ROOT / "dist").glob("emgctl-*-linux-*")) if path.is_dir()]
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not FULL, reason="only in the full form"),
    pytest.mark.skipif(not BUILT, reason="there is no bundle for Linux; run scripts/bundle"),
]


def bundled(*words, home):
    command = [str(BUILT[-1] / "emgctl"), *words]
    return subprocess.run(
        command, env={"HOME": str(home), "PATH": ""}, cwd=home, capture_output=True, text=True, check=True
    )


def test_it_finds_its_plugins(tmp_path):
    kinds = {line.split()[1] for line in bundled("plugins", home=tmp_path).stdout.splitlines()}
    assert {"myo", "replay", "classifier", "gamepad", "hand", "osc", "keyboard"} <= kinds


def test_it_plays_the_demo_with_its_own_other_programs(tmp_path):
    profile = str(BUILT[-1] / "profiles" / "demo.yaml")
    assert "extension" in bundled("run", "-p", profile, "--duration", "3", home=tmp_path).stdout
