"""A process that does jobs of a sweep: ``python -m emgctl.sweeps.worker``.

Its stdin brings a line of JSON with the folder's path, and then one with each job's number; its stdout answers each
number with a line: how the job ended. It ends as soon as stdin is closed, since a sweep that was killed is resumed by
processes of its own: results are written whole or not at all, so that no moment to end at is a bad one.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from pathlib import Path
from typing import IO

from emgctl.support.pipes import own_stdin, taken_stdout
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.work import do


def main() -> None:
    """Do what stdin asks for."""
    sink, lines = taken_stdout(), queue.SimpleQueue[bytes]()
    threading.Thread(target=_listen, args=(own_stdin(), lines), name="sweep", daemon=True).start()
    folder = SweepFolder(Path(json.loads(lines.get())))
    jobs = folder.jobs
    while True:
        outcome = do(folder, jobs[json.loads(lines.get()) - 1])
        sink.write(json.dumps([outcome.state, outcome.reason]).encode() + b"\n")
        sink.flush()


def _listen(source: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    while line := source.readline():
        lines.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
