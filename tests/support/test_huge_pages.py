"""Memory in huge pages: the same content in fewer pages, and nothing at all where there are none."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emgctl.support import huge_pages

SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SCRIPT = """
from emgctl.support.huge_pages import use_huge_pages
def huge_kb():
    return sum(int(line.split()[1]) for line in open("/proc/self/smaps") if line.startswith("AnonHugePages"))
kept = [str(number) for number in range(300_000)]
before = huge_kb()
use_huge_pages()
print(before, huge_kb(), kept == [str(number) for number in range(300_000)])
"""


@pytest.mark.skipif(not SETTING.exists(), reason="this kernel has no transparent huge pages")
def test_what_is_allocated_is_moved_and_stays_the_same():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    before, after, same = done.stdout.split()
    assert same == "True"
    release = tuple(map(int, re.findall(r"\d+", Path("/proc/sys/kernel/osrelease").read_text(encoding="ascii"))[:2]))
    if "[never]" in SETTING.read_text(encoding="ascii"):
        assert after == before
    elif release >= (6, 1):
        assert int(after) > int(before)


def test_where_they_are_forbidden_or_unknown_nothing_is_moved(tmp_path, monkeypatch):
    monkeypatch.setattr(huge_pages, "_SETTINGS", tmp_path)
    monkeypatch.setattr(huge_pages, "_MAPS", tmp_path / "maps")  # a wrong address would be an error
    (tmp_path / "maps").write_text("not an address rw-p 0 0 0\n")
    huge_pages.use_huge_pages()
    (tmp_path / "enabled").write_text("always madvise [never]\n")
    (tmp_path / "hpage_pmd_size").write_text("2097152\n")
    huge_pages.use_huge_pages()
