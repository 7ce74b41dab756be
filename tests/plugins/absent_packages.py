"""A plugin of pytest for where only some extras are installed: what needs another one is skipped with that reason.

Used by ``scripts/test-pi``. A package that is there and can't be imported still fails its test.
"""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

_NEEDED = re.compile(r"No module named '(?!emgctl)([\w.]+)'|needs the Python package '([\w.-]+)'")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.excinfo is not None:
        found = needed(str(call.excinfo.value))
        if found:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: needs {found}")
    return report


def needed(problem: str) -> str:
    """The package that an error names as missing; "" if it names none."""
    found = _NEEDED.search(problem)
    return (found[1] or found[2]).split(".")[0] if found else ""
