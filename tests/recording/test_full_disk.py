"""A disk that is full, too small or gone while recording: a sentence, and what was recorded can be read."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from patience import patient

from emgctl.errors import FileError
from emgctl.recording import disk
from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.support.atomic_write import write_bytes
from emgctl.testing import block
from emgctl.types import Signal

SIGNAL = Signal(8, 200.0)

RECORD = """
import resource, sys
from pathlib import Path
import numpy as np
from emgctl.errors import FileError
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock, Signal
path, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
writer = RecordingWriter(path, Signal(8, 200.0))
for start in range(0, 10**9, 20):
    writer.write(SampleBlock(np.full((20, 8), start, np.float32), start, 0.0))
    writer.wait()
    try:
        writer.check()
    except FileError as error:
        print(error)
        break
writer.close()
sys.exit(1)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
@pytest.mark.parametrize("limit", [400_000, 523_777, 1_000_001])
def test_a_file_size_limit_ends_the_recording_and_keeps_it(tmp_path, limit):
    path = tmp_path / "a.h5"
    done = subprocess.run(
        [sys.executable, "-c", RECORD, path, str(limit)], capture_output=True, text=True, timeout=patient(120)
    )
    assert done.returncode == 1, done.stderr  # and not a signal's
    assert "recording stopped: File too large" in done.stdout
    samples = read_recording(path).samples
    starts = samples[::20, 0]
    assert np.array_equal(starts, 20 * np.arange(len(starts)))


@pytest.mark.slow
def test_every_moment_of_a_recording_can_be_read(tmp_path, monkeypatch):
    """Whatever write is the last one: the file is a recording up to then, without a sample that was not written."""
    writes = []

    class Kept(disk.Disk):
        def write(self, data):
            writes.append((self._at, bytes(data)))
            return super().write(data)

    monkeypatch.setattr("emgctl.recording.writer.Disk", Kept)
    monkeypatch.setattr("emgctl.recording.writer.FLUSH_S", 0.02)
    writer = RecordingWriter(tmp_path / "a.h5", SIGNAL)
    created = len(writes)
    for start in range(0, 4000, 10):
        writer.write(block(np.full((10, 8), start + 1), start))
        threading.Event().wait(0.001)
    writer.close()
    image, read = bytearray(), 0
    step = max(len(writes) // 25, 1)
    folder = tmp_path / "moments"
    folder.mkdir()
    for number, (at, data) in enumerate(writes):
        image.extend(bytes(max(at + len(data) - len(image), 0)))
        image[at : at + len(data)] = data
        if number >= created and not number % step:
            (folder / f"{number}.h5").write_bytes(image)
    from emgctl_files.native import NativeReader

    for one in NativeReader.read(folder):
        assert len(one.samples) >= read
        assert (one.samples > 0).all()
        read = len(one.samples)
    assert read > 2000


def test_a_disk_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    stuck, freed = threading.Event(), threading.Event()

    class Stuck(disk.Disk):
        def _put(self, left):
            if stuck.is_set():
                freed.wait(60)
            super()._put(left)

    monkeypatch.setattr("emgctl.recording.writer.Disk", Stuck)
    writer = RecordingWriter(tmp_path / "a.h5", SIGNAL)
    stuck.set()
    writer.write(block(np.ones((10, 8))))
    writer.close(patience_s=0.3)
    with pytest.raises(FileError, match=r"has not answered for 0\.3 s"):
        writer.check()
    freed.set()
    writer._thread.join(60)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_file_that_can_not_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "m.onnx"
    write_bytes(path, b"old")
    code = "import resource, sys; from pathlib import Path; from emgctl.support.atomic_write import write_bytes; "
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); write_bytes(Path(sys.argv[1]), bytes(5000))"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=patient(60))
    assert "FileError" in done.stderr
    assert "File too large" in done.stderr
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
