"""Recordings of many hours, as files of some minutes each."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from patience import patient, until

import emgctl
from emgctl.cli import cli
from emgctl.errors import FileError, UsageError
from emgctl.recording.reader import read_recording
from emgctl.recording.writer_parts import RecordingParts
from emgctl.testing import block
from emgctl.types import Signal

SIGNAL = Signal(2, 200.0, "uV")
DEMO = Path(__file__).parents[2] / "profiles" / "demo.yaml"


def written(path, starts, sizes, **options):
    recorder = RecordingParts(path, SIGNAL, 0.01, user="alice", **options)  # 120 samples
    for start, size in zip(starts, sizes, strict=True):
        recorder.write(block(np.arange(start, start + size)[:, None] * np.ones(2), start))
        recorder.report(start + size, "hand", (float(start),), "warm") if "telemetry_channels" in options else None
    recorder.close()
    recorder.check()


def test_no_sample_is_lost_or_twice_between_parts(tmp_path):
    sizes = [1, 7, 50, 100, 3, 119, 121, 500, 20, 20]
    starts = np.cumsum([0, *sizes[:-1]]) + 1000
    written(tmp_path / "day.h5", starts, sizes, telemetry_channels={"hand": ("current_a",)})
    parts = [read_recording(one) for one in sorted(tmp_path.iterdir())]
    assert np.concatenate([one.samples[:, 0] for one in parts]).tolist() == list(range(1000, 1000 + sum(sizes)))
    assert [len(one.samples) for one in parts] == [158, 122, 121, 500, 40]
    assert [(one.name, one.session, one.subject) for one in parts[:2]] == [
        ("day-0001.h5", "day", "alice"), ("day-0002.h5", "day", "alice"),
    ]  # fmt: skip
    assert sum(len(one.telemetry["hand"].at) for one in parts) == len(sizes)
    assert all(one.telemetry["hand"].notes for one in parts)


def test_parts_that_are_there_stay_and_a_gap_longer_than_a_part_ends_one(tmp_path):
    written(tmp_path / "day.h5", [0, 100], [100, 10])
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    written(tmp_path / "day.h5", [0, 1000, 1079, 1080], [100, 79, 1, 1])
    assert all(one.read_bytes() == content for one, content in before.items())
    assert [len(read_recording(one).samples) for one in sorted(tmp_path.iterdir())] == [110, 100, 80, 1]
    with pytest.raises(FileError, match="can't be written"):
        RecordingParts(tmp_path / "nowhere" / "day.h5", SIGNAL, 1)


def test_a_run_is_recorded_in_parts(tmp_path):
    emgctl.run(DEMO, speed="max", duration=12, record=tmp_path / "day.h5", record_minutes=0.05)
    parts = [read_recording(one).samples for one in sorted(tmp_path.iterdir())]
    played = read_recording(DEMO.with_suffix(".h5")).samples
    assert len(parts) == 3
    assert np.array_equal(np.concatenate(parts), played[:2400])


def test_old_parts_go_but_none_that_this_run_did_not_write(tmp_path):
    written(tmp_path / "day.h5", [0, 120, 240], [120, 120, 1])
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    written(tmp_path / "day.h5", range(0, 840, 120), [120] * 7, keep=2)
    assert all(one.read_bytes() == content for one, content in before.items())
    assert [one.stem[-1] for one in sorted(tmp_path.iterdir())] == ["1", "2", "3", "8", "9", "0"]


def test_a_file_in_the_place_of_an_old_part_stays(tmp_path):
    recorder = RecordingParts(tmp_path / "day.h5", SIGNAL, 0.01, keep=1)
    recorder.write(block(np.ones((120, 2)), 0))
    recorder.write(block(np.ones((120, 2)), 120))
    second = tmp_path / "day-0002.h5"
    until(second.exists)
    first = (tmp_path / "day-0001.h5").rename(tmp_path / "kept.h5")
    (tmp_path / "day-0001.h5").write_text("of somebody else")
    recorder.write(block(np.ones((120, 2)), 240))
    recorder.write(block(np.ones((120, 2)), 360))
    recorder.close()
    recorder.check()
    assert len(read_recording(first).samples) == 120
    assert (tmp_path / "day-0001.h5").read_text() == "of somebody else"
    assert not second.exists()


def test_parts_to_keep_without_parts_are_refused(tmp_path):
    with pytest.raises(UsageError, match="give record_minutes as well"):
        emgctl.run(DEMO, record=tmp_path / "day.h5", record_keep=3)
    words = ["run", "-p", str(DEMO), "--record", str(tmp_path / "day.h5"), "--record-keep", "3"]
    done = CliRunner().invoke(cli, words)
    assert (done.exit_code, "give --record-minutes MINUTES as well" in done.output) == (2, True)


CHILD = """
import sys, time
import numpy as np
from pathlib import Path
from emgctl.recording.writer_parts import RecordingParts
from emgctl.types import SampleBlock, Signal
writer = RecordingParts(Path(sys.argv[1]), Signal(2, 200.0), 0.01)
begun = time.perf_counter()
for start in range(0, 100_000, 2):
    time.sleep(max(0, begun + (start + 2) / 200 - time.perf_counter()))
    writer.write(SampleBlock(np.full((2, 2), start, np.float32), start, time.perf_counter()))
    print(start + 2, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_kill_9_costs_at_most_the_last_second_of_the_last_part(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path / "day.h5"], stdout=subprocess.PIPE, text=True)
    count, begun_s = 0, time.monotonic()
    while time.monotonic() < begun_s + 20 and count < 500:
        count = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait(patient(10))
    child.stdout.close()
    until(lambda: len(list(tmp_path.iterdir())) >= 4)
    kept = np.concatenate([read_recording(one).samples[:, 0] for one in sorted(tmp_path.iterdir())])
    assert kept[::2].tolist() == list(range(0, len(kept), 2))
    assert count - len(kept) <= 200
