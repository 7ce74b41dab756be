"""Messages that can't be written: a terminal stopped by Ctrl-S or by a selection, a pipe that nobody reads."""

import logging
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from guarding import PATIENCE_S

from emgctl.api.runs import run_pipeline
from emgctl.stats import RunStats
from emgctl.support.patient_log import PatientLog
from emgctl.testing import FakeInput, RecordingOutput, block, make_pipeline

ROOT = Path(__file__).parents[2]


@contextmanager
def full_pipe():
    """Both ends of a pipe that takes no more bytes."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    try:
        while True:
            os.write(theirs, b"x" * 65_536)
    except BlockingIOError:
        os.set_blocking(theirs, True)
    yield ours, theirs
    for end in (ours, theirs):
        os.close(end)


@contextmanager
def logging_to(stream):
    """The root logger with a handler as the command line has it, and no other."""
    root, handler = logging.getLogger(), logging.StreamHandler(stream)
    before, root.handlers[:] = root.handlers[:], [handler]
    yield
    root.handlers[:] = before


class Talks(RecordingOutput):
    """Writes a message for each command, from the loop's thread."""

    def send(self, command):
        super().send(command)
        logging.getLogger("emgctl.test").warning("command %d", len(self.commands))


@pytest.mark.skipif(os.name != "posix", reason="fills a pipe as POSIX does")
def test_a_run_goes_on_while_its_messages_cannot_be_written():
    output = Talks()
    stats: list[RunStats] = []
    made = make_pipeline(FakeInput([block(np.random.default_rng(0).random(200))]), [output])
    with full_pipe() as (ours, theirs), os.fdopen(os.dup(theirs), "w") as stream, logging_to(stream):
        run = threading.Thread(target=run_pipeline, args=(made, str, None, stats.append), daemon=True)
        run.start()
        run.join(PATIENCE_S)
        ended = not run.is_alive()
        os.set_blocking(ours, False)
        while os.read(ours, 65_536) and not ended:
            pass  # or the test would hang, too
        os.set_blocking(ours, True)
    assert ended
    assert output.closed == 1
    assert stats[0].windows_decoded > 3


def test_messages_arrive_in_order_and_before_the_end():
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream, logging_to(stream), PatientLog():
        for number in range(50):
            logging.getLogger("emgctl.test").warning("%d", number)
    with os.fdopen(ours, encoding="utf-8") as lines:
        assert [int(line) for line in lines] == list(range(50))


@pytest.mark.skipif(os.name != "posix", reason="fills a pipe as POSIX does")
def test_messages_that_wait_too_long_are_counted(monkeypatch):
    monkeypatch.setattr("emgctl.support.patient_log._MOST", 10)
    with full_pipe() as (ours, theirs), os.fdopen(os.dup(theirs), "w") as stream, logging_to(stream), PatientLog():
        for number in range(30):
            logging.getLogger("emgctl.test").warning("message %d", number)
        read = bytearray()
        while b"were left out" not in read:
            read += os.read(ours, 65_536)
    assert b"message 0\n" in read


@pytest.mark.skipif(os.name != "posix", reason="fills a pipe as POSIX does")
def test_a_program_whose_console_is_blocked_still_ends_by_its_duration(tmp_path):
    stats = tmp_path / "stats.json"
    with full_pipe() as (_, theirs):
        words = ["run", "-p", str(ROOT / "profiles" / "demo.yaml"), "--no-reload", "--duration", "1"]
        done = subprocess.run(
            [sys.executable, "-m", "emgctl", *words, "--stats", str(stats)],
            cwd=ROOT, stdout=theirs, stderr=theirs, timeout=6 * PATIENCE_S, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert stats.exists()
