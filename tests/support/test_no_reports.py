"""Nothing about a person's models leaves the computer or is kept for that."""

import os
import subprocess
import sys

import pytest

SCRIPT = "import emgctl, onnxruntime; print(onnxruntime.__version__)"


@pytest.mark.skipif(sys.platform != "linux", reason="where the reports wait is known for Linux")
def test_onnxruntime_prepares_no_reports_to_its_maker(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "CI")}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
