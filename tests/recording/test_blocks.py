"""Recordings that are larger than a quarter of the free memory: read and converted with little of it."""

import subprocess
import sys

import numpy as np
import pytest

from emgctl.errors import UsageError

LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
import edfio, h5py  # before the limit, as libraries take memory, too
from emgctl.recording.convert import convert
from emgctl.recording.datasets import read_dataset
from emgctl.recording.extent import deviations
from emgctl.registry import Registry

folder, registry = Path(sys.argv[1]), Registry()
registry.all("dataset")
used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (used + (170 << 20),) * 2)
(one,) = read_dataset(str(folder / "a.npy"), registry)
assert isinstance(one.samples, np.memmap), type(one.samples)
(path,) = convert([one], folder / "a.bdf", lambda *_: None)
(other,) = read_dataset(str(path), registry)
assert isinstance(other.samples, np.memmap)
assert np.array_equal(one.samples[-1000:], other.samples[-1000:])
(path,) = convert([other], folder / "a.h5", lambda *_: None)
assert np.array_equal(read_dataset(str(path), registry)[0].samples[::1000], one.samples[::1000])
print(*deviations(other.samples)[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by Linux's means")
def test_a_recording_larger_than_the_memory_that_is_left_is_read_and_converted(tmp_path):
    samples = np.tile(np.arange(-100, 100, dtype=np.int8)[:, None], (60_000, 4))  # 192 MB as 32-bit numbers
    np.save(tmp_path / "a.npy", samples)
    (tmp_path / "a.emgctl.yaml").write_text("rate: 2000\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", LIMITED, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["99.5"] * 4


def test_features_that_take_too_much_memory_are_replaced_with_a_message_or_refused_with_the_remedy(caplog):
    from emgctl.training.classifier.memory import affordable

    assert affordable("ensemble", "", 30, 100, 512, True) == "hudgins"
    assert "features 'default' of 512 channels would need about" in caplog.text
    assert "'hudgins' are taken instead" in caplog.text
    with pytest.raises(UsageError, match=r"more than a quarter of the .* lighter ones with --set features=hudgins"):
        affordable("lda", "default", 30, 100, 512, False)
    with pytest.raises(UsageError, match="choose --model ensemble, which takes lighter features"):
        affordable("ensemble-simple", "", 30, 100, 512, True)
    with pytest.raises(UsageError, match="take fewer windows with a longer --hop-ms"):
        affordable("lda", "", 10**9, 1000, 8, True)
    assert affordable("lda", "", 100, 40, 8, True) == ""
