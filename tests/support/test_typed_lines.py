"""Lines that are typed into stdin."""

import os
import sys

import pytest

from emgctl.support.typed_lines import typed_lines


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals")
def test_a_terminal_that_is_gone_is_the_end(monkeypatch):
    line, port = os.openpty()
    with os.fdopen(port) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        os.write(line, b"stall 1\nlose")
        lines = typed_lines()
        assert next(lines) == "stall 1"
        os.close(line)
        assert list(lines) == []
