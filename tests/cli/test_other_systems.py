"""Stand-ins for other systems: their code pages on the console, their line ends and their paths in files.

A run on Windows or macOS itself is what docs/first-run-on-windows.md asks for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from full_form import FULL
from patience import patient

import emgctl
from emgctl.cli import cli
from emgctl.profile.load import load_profile
from emgctl.registry import Registry

PROFILES = Path(__file__).parents[2] / "profiles"
PAGES = ["cp1252", "cp932", "cp1251"]  # Western Europe, Japan, Russia
COMMANDS = [["--help"], ["run", "--help"], ["doctor"], ["check", "--profile", str(PROFILES / "demo.yaml")]]


@pytest.mark.parametrize("page", PAGES if FULL else PAGES[1:2])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_what_is_printed_has_a_place_in_the_code_page(page, words):
    done = CliRunner(charset=page).invoke(cli, words, prog_name="emgctl")
    assert not isinstance(done.exception, UnicodeError), done.exception
    assert done.stdout_bytes.decode(page)


@pytest.mark.process
@pytest.mark.parametrize("page", PAGES if FULL else PAGES[1:2])
def test_a_run_prints_on_a_console_of_the_code_page(page):
    command = [sys.executable, "-X", "utf8=0", "-W", "error::EncodingWarning", "-m", "emgctl", "run", "--profile"]
    environment = {**os.environ, "PYTHONIOENCODING": page}
    done = subprocess.run(
        [*command, PROFILES / "demo.yaml", "--duration", "2"], capture_output=True, timeout=patient(60), env=environment
    )
    assert done.returncode == 0, done.stderr.decode(page)
    assert "Traceback" not in done.stderr.decode(page)


def test_a_profile_with_the_line_ends_of_windows_is_the_same(tmp_path):
    text = (PROFILES / "demo.yaml").read_text(encoding="utf-8")
    for name, ends in (("unix.yaml", "\n"), ("windows.yaml", "\r\n")):
        (tmp_path / name).write_bytes(text.replace("\n", ends).encode())
    assert "\r\n" in (tmp_path / "windows.yaml").read_bytes().decode()
    one, other = (load_profile(tmp_path / name, Registry()) for name in ("unix.yaml", "windows.yaml"))
    assert (one.decoder.options, one.mapping) == (other.decoder.options, other.mapping)


def test_a_table_with_the_line_ends_of_windows_is_the_same(tmp_path):
    samples = np.round(np.random.default_rng(0).normal(0, 50, (40, 4)), 3)
    lines = ["a,b,c,d", *(",".join(map(str, row)) for row in samples)]
    for name, end in (("unix.csv", "\n"), ("windows.csv", "\r\n")):
        (tmp_path / name).write_bytes((end.join(lines) + end).encode())
    one, other = (emgctl.read(tmp_path / name, rate_hz=500, unit="uV") for name in ("unix.csv", "windows.csv"))
    assert np.array_equal(one.samples, other.samples)
    assert one.signal == other.signal
