"""Every message of docs/plugin-errors.md comes from the change that stands beside it."""

import logging
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faults import NAME, Faulty
from patience import patient

from emgctl.errors import EmgctlError
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.output_runner import OutputRunner
from emgctl.scaffold import NEW_ROLES
from emgctl.testing import contract, make_pipeline, run_context
from emgctl.types import Command

PAGE = (Path(__file__).parents[2] / "docs" / "plugin-errors.md").read_text(encoding="utf-8")
(FRAME,) = re.findall(r"`(plugin '.*?)REASON(.*?)`", PAGE)
HUNG_S = 0.2


@dataclass(frozen=True)
class Row:
    section: str
    role: str
    edits: tuple[tuple[str, str], ...]
    message: str


def rows():
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        for role, change, message in re.findall(r"^\| (\w+): (.*?) \| `(.*?)` \| .+ \|$", section, re.MULTILINE):
            yield Row(section.splitlines()[0], role, tuple(re.findall(r"`(.*?)` → `(.*?)`", change)), message)


ROWS = list(rows())


def comparable(message):
    """A message without what differs from run to run: times, lines of code, emgctl's version."""
    message = re.sub(r" \(\w+\.py:\d+\)", "", message)
    return re.sub(r"\b[\d.]+ (s|ms)\b|emgctl \d+\.\d+\.\d+", r"# \1", message)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    return {role: Faulty(tmp_path_factory.mktemp(role), role) for role in NEW_ROLES}


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch):
    monkeypatch.setenv("EMGCTL_PLUGIN_LIMIT_S", "0.2")
    monkeypatch.setattr(contract, "LIMIT_S", patient(0.5))


def not_found(plugin, *_):
    with pytest.raises(EmgctlError) as raised:
        plugin.registry().output(NAME)
    return [str(raised.value)]


def left_out(plugin, *_):
    registry = plugin.registry("console")
    registry.all(plugin.role)
    failures = [one for one in registry.failures if one.entry_point == NAME]
    assert all(str(one) == one.reason.join(FRAME) for one in failures)
    return [one.reason for one in failures]


def in_a_test(plugin, folder, _caplog):
    return plugin.tested(folder)


def in_a_run(plugin, _folder, caplog):
    cls = plugin.registry().all(plugin.role)[NAME]
    try:
        RUNS[plugin.role](cls(cls.Options()), caplog)
    except EmgctlError as error:
        return [str(error).partition("; ")[0]]
    return caplog.messages


def run_input(device, _caplog):
    runner = InputRunner(device)
    runner.open()
    runner.read(1.0)
    runner.close()


def run_output(output, caplog):
    runner = OutputRunner(NAME, output, "rest", False)
    runner.open(run_context())
    runner.post(Command.neutral(0.0, "a test"))
    deadline_s = time.monotonic() + patient(10)
    while not caplog.messages and time.monotonic() < deadline_s:
        runner.name_if_hung(HUNG_S)
        time.sleep(0.01)
    runner.close(Command.neutral(0.1, "the end"))


def run_decoder(decoder, caplog):
    pipeline = make_pipeline([], decoder=decoder)
    pipeline.decode(np.zeros((pipeline.spec.length, 8), np.float32), 0.2)
    for change in pipeline.safety.transitions:
        logging.getLogger("emgctl").warning("%s", change.reason)


RUNS = {"input": run_input, "output": run_output, "decoder": run_decoder}
SECTIONS = {
    "A profile does not find it": not_found,
    "It is left out": left_out,
    "Its contract test fails": in_a_test,
    "It fails in a run": in_a_run,
}


def test_every_line_of_every_table_is_read():
    assert {row.section for row in ROWS} == set(SECTIONS)
    assert len(ROWS) == sum(line.startswith("| ") and not line.startswith("| change") for line in PAGE.splitlines())
    assert all(row.edits for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.role}: {row.message[:60]}")
def test_a_message_comes_from_the_change_beside_it(row, plugins, tmp_path, caplog):
    if "its import did not finish" in row.message and not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timer")
    plugin = plugins[row.role]
    with plugin.changed(row.edits):
        messages = SECTIONS[row.section](plugin, tmp_path, caplog)
    assert comparable(row.message) in [comparable(message) for message in messages]


@pytest.mark.parametrize("role", ["input", "output", "decoder"])
def test_without_a_change_there_is_none_of_them(role, plugins, tmp_path):
    plugin = plugins[role]
    with plugin.changed(()):
        assert left_out(plugin) == in_a_test(plugin, tmp_path, None) == []
