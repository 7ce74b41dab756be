"""Keys and mouse buttons where the system does not release those of a killed process: on Windows and macOS."""

import os
import signal
import subprocess
import sys

import pytest
from patience import until

NOTING = """
import os

class Noting:
    "A keyboard and mouse that note what they are told."

    def press(self, name, down):
        with open(os.environ["NOTES"], "a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {'press' if down else 'release'} {name}\\n")

    def move(self, x, y, wheel): pass
    def done(self): pass
    def close(self): pass
"""
IN_THE_OTHER_PROCESS = """
import sys
if "emgctl_keyboard.release_process" in sys.orig_argv:
    import emgctl_keyboard.backends
    from noting import Noting
    emgctl_keyboard.backends.make_backend = Noting
"""
RUN = """
import sys, time
from types import SimpleNamespace
from emgctl.testing import run_context
from emgctl.types import Command
from emgctl_keyboard import release_guard
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions
from noting import Noting

release_guard.sys, release_guard.make_backend = SimpleNamespace(platform="darwin"), Noting
one = Keyboard(KeyboardOptions())
one.open(run_context())
one.send(Command(0.0, {}, frozenset({"key_shift", "key_a", "mouse_left"})))
one.send(Command(0.1, {}, frozenset({"key_shift", "mouse_left"})))
Noting().press("nothing", True)  # what was sent is noted
if sys.argv[1] == "close":
    one.close()
else:
    time.sleep(600)
"""


@pytest.fixture
def run(tmp_path):
    """Start a keyboard in a process of its own; with it, what was noted: process, "press" or "release", and key."""
    (tmp_path / "noting.py").write_text(NOTING, encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(IN_THE_OTHER_PROCESS, encoding="utf-8")
    notes = tmp_path / "notes.txt"
    notes.touch()
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)]), "NOTES": str(notes)}
    running = []

    def start(how):
        running.append(subprocess.Popen([sys.executable, "-c", RUN, how], env=env))
        return running[-1], lambda: [tuple(line.split()) for line in notes.read_text("utf-8").splitlines()]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name != "posix", reason="kills a process as POSIX does")
def test_what_is_pressed_is_released_when_the_process_is_killed(run):
    process, notes = run("wait")
    own = str(process.pid)
    until(lambda: (own, "press", "nothing") in notes())
    process.send_signal(signal.SIGKILL)
    until(lambda: len(notes()) == 7)
    others = [note for note in notes() if note[0] != own]
    assert {note[1:] for note in others} == {("release", "key_shift"), ("release", "mouse_left")}


def test_what_the_keyboard_releases_itself_is_not_released_again(run):
    process, notes = run("close")
    assert process.wait(60) == 0
    assert {pid for pid, *_ in notes()} == {str(process.pid)}
    assert sorted(name for _, what, name in notes() if what == "release") == ["key_a", "key_shift", "mouse_left"]
