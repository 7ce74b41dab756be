from pathlib import Path

import pytest
from emgctl.errors import DeviceError
from emgctl.testing import check_output, run_context
from emgctl.types import Command

from emgctl_acme import AcmeOptions, AcmeOutput


def test_contract() -> None:
    check_output(AcmeOutput, AcmeOptions())


def test_only_changes_are_written(tmp_path: Path) -> None:
    output = AcmeOutput(AcmeOptions(path=tmp_path / "lines.txt"))
    output.open(run_context())
    for time_s, buttons in ((0.0, {"a"}), (0.1, {"a"}), (0.2, set[str]())):
        output.send(Command(time_s, buttons=frozenset(buttons)))
    output.close()
    assert (tmp_path / "lines.txt").read_text(encoding="utf-8") == "0.00 s: - a\n0.20 s: -\n"


def test_a_file_that_can_not_be_opened_is_named(tmp_path: Path) -> None:
    output = AcmeOutput(AcmeOptions(path=tmp_path / "no-such-folder" / "lines.txt"))
    with pytest.raises(DeviceError, match="no-such-folder"):
        output.open(run_context())
