"""Lines that are typed into stdin."""

import sys

from emgctl.support.typed_lines import typed_lines


def test_a_stdin_that_can_t_be_read_is_at_its_end(monkeypatch, tmp_path):
    with (tmp_path / "written").open("w", encoding="utf-8") as only_written:  # as with 0>FILE in a shell
        monkeypatch.setattr(sys, "stdin", only_written)
        assert list(typed_lines()) == []
