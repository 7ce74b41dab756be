"""The page of what installs from wheels, which asks no index here."""

from __future__ import annotations

import check_wheels
import pytest


def test_the_page_names_the_packages_of_each_extra_and_every_gap():
    text = check_wheels.PAGE.read_text(encoding="utf-8")
    cells, asked = check_wheels.read(text)
    assert check_wheels.page(cells, asked) == text, "run: pip install uv && python scripts/check_wheels.py"
    assert check_wheels.faults(cells) == []


@pytest.mark.parametrize(
    ("extra", "system", "pythons", "fault"),
    [
        ("osc", "Windows x86-64", ("3.11", "3.12"), "osc has a gap on Windows x86-64"),
        ("keyboard", "Linux aarch64", check_wheels.PYTHONS, "keyboard on Linux aarch64: the gap is closed"),
    ],
)
def test_a_gap_that_opened_or_closed_is_reported(extra, system, pythons, fault):
    cells, asked = check_wheels.read(check_wheels.PAGE.read_text(encoding="utf-8"))
    cells[extra, system] = pythons
    assert check_wheels.faults(cells) == [fault]
    assert check_wheels.read(check_wheels.page(cells, asked)) == (cells, asked)
