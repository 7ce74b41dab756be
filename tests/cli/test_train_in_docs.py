"""Every command line of `emgctl train` and `emgctl eval` in README, docs and help texts is in the form of today."""

import re
import shlex
from pathlib import Path

import pytest
from command_line import emgctl

REPOSITORY = Path(__file__).parents[2]
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "benchmarks/README.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *sorted((REPOSITORY / "emgctl/cli").glob("*.py")),
]
COMMAND = re.compile(r"(?:^|`| {4,}|-m )emgctl ((?:train|eval) [^`\n]*?(?:-o|--out|\.onnx) [^`\n]*)", re.MULTILINE)
COMMANDS = sorted({found.strip() for page in PAGES for found in COMMAND.findall(page.read_text(encoding="utf-8"))})


def test_there_are_commands_to_try():
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_fails_only_because_its_data_is_not_here(line, tmp_path):
    words = shlex.split(line.replace("...", "").replace("…", ""), comments=True)
    done = emgctl(*words, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert re.search(r"does not exist|can't be read", done.stderr), done.stderr
    assert not re.search(r"from the next version on|is now", done.stderr), done.stderr
