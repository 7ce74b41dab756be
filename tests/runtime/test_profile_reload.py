"""Real runs whose profile another program changes."""

import itertools
import json
import queue
import signal
import subprocess
import sys
import threading

import pytest
from demo_files import copy_demo
from patience import patient, until

pytestmark = [pytest.mark.process, pytest.mark.slow]
PROFILE = """\
emgctl: 1
user: mine
input: {kind: replay, path: demo.h5, from_s: 22.8, to_s: 27.8, loop: true, speed: 5}
decoder:
  kind: classifier
  model: demo.onnx
  postprocessing: {enter: 0.6}
mapping:
  fist: [{do: hold, button: a}]
  pinch: [{do: toggle, button: kept}]
outputs: [{kind: log, path: commands.jsonl}]
"""
OTHER_BUTTON = PROFILE.replace("button: a", "button: b")


class Run:
    """A run that reads the profile ``mine.yaml`` of a folder, what it has printed for people, and its log."""

    def __init__(self, folder, *words):
        self._profile, self._log = folder / "mine.yaml", folder / "commands.jsonl"
        self.save(PROFILE)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emgctl", "run", "-p", self._profile, *words], stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.printed = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stderr:
            self._lines.put(line)

    def save(self, text):
        """Replace the profile as careful editors do."""
        new = self._profile.with_suffix(".new")
        new.write_text(text)
        new.replace(self._profile)

    def save_half(self, text):
        """Leave the profile as it is while an editor writes it."""
        self._profile.write_text(text[: text.index("outputs")] + "outputs: [{kind")

    def wait_for(self, text):
        """Wait until a line with this text is printed."""
        while not self.printed or text not in self.printed[-1]:
            self.printed.append(self._lines.get(timeout=patient(15)))

    @property
    def commands(self):
        """The log."""
        return [json.loads(line) for line in self._lines_of_log()]

    def decide(self, count):
        """Let it make so many decisions more."""
        before = len(self._lines_of_log())
        until(lambda: len(self._lines_of_log()) >= before + count, 20)

    def wait_for_button(self, button):
        """Wait until it is pressed from now on."""
        before, pressed = len(self._lines_of_log()), f'"buttons":["{button}"]'.encode()
        until(lambda: any(pressed in line for line in self._lines_of_log()[before:]), 20)

    def _lines_of_log(self):
        text = self._log.read_bytes() if self._log.exists() else b""
        return text[: text.rfind(b"\n") + 1].splitlines()

    def end(self):
        """End it as a person does; its exit status."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(patient(10))
        self._reader.join()
        self.printed += [self._lines.get() for _ in range(self._lines.qsize())]
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stderr.close()


@pytest.fixture
def folder(tmp_path):
    copy_demo(tmp_path)
    return tmp_path


def test_a_change_takes_effect_at_a_rest_or_is_refused_with_the_reason(folder):
    with Run(folder, "--stats", folder / "stats.json") as run:
        run.wait_for_button("a")
        run.save(OTHER_BUTTON)
        run.wait_for("the changed profile takes effect at the next rest")
        run.save(OTHER_BUTTON.replace("log, path: commands", "log, path: others"))  # before or after it was taken
        run.wait_for("goes on as before: mine.yaml:11: outputs[0].path: is taken at the next start only")
        run.save(OTHER_BUTTON)
        run.wait_for_button("b")

        run.save(OTHER_BUTTON.replace("button: b", "button: 3"))
        run.wait_for("goes on as before: mine.yaml:9: mapping.fist[0].button: ")
        run.wait_for_button("b")

        run.save_half(OTHER_BUTTON)
        run.decide(110)  # in about a second
        run.save(OTHER_BUTTON.replace("enter: 0.6", "enter: 1"))
        run.wait_for("the changed profile is in effect")
        decided = len(run.commands)
        run.decide(200)
        assert run.end() == 0
    assert len([line for line in run.printed if "goes on as before" in line]) == 2  # not for what was half written
    stats = json.loads((folder / "stats.json").read_text())
    assert (stats["profile"]["state"], stats["profile"]["reloads"]) == ("in effect", 2)
    commands = run.commands
    first = next(number for number, one in enumerate(commands) if "has changed" in one["reason"])
    changed = commands[first]
    assert (changed["gesture"], changed["rejected"], changed["buttons"]) == ("rest", False, [])
    assert all("b" not in one["buttons"] for one in commands[:first])
    assert all("a" not in one["buttons"] for one in commands[first:])
    waiting = itertools.takewhile(lambda one: one["gesture"] != "rest" or one["rejected"], commands[first + 1 :])
    assert all(one["reason"] and not one["buttons"] for one in waiting)
    assert {one["gesture"] for one in commands[decided + 50 : -1]} == {"rest"}  # nothing is that certain


def test_with_no_reload_a_change_is_ignored(folder):
    with Run(folder, "--no-reload") as run:
        run.wait_for_button("a")
        run.save(OTHER_BUTTON)
        run.decide(320)  # in about three seconds
        run.wait_for_button("a")
        assert run.end() == 0
    assert not [line for line in run.printed if "profile" in line]
