"""The page Recordings in a real browser, with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from browser import flaws
from patience import patient

from emgctl.recording.datasets import read_dataset
from emgctl.studio.recording_files import all_segments

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


def open_list(page, shared):
    page.goto(f"{shared.link}#recordings")


def open_demo(page, shared):
    open_list(page, shared)
    page.get_by_role("link", name="demo.h5").press("Enter")
    page.get_by_role("img", name=re.compile("The signal of 8 channels from 0.00 to")).wait_for()


def test_recordings_are_listed_and_one_that_is_damaged_says_so(windows, shared):
    (shared.folder / "damaged.h5").write_bytes((shared.folder / "demo.h5").read_bytes()[:5000])
    page = windows.open(bypass_csp=True)
    open_list(page, shared)
    demo = page.get_by_role("row").filter(has=page.get_by_role("link", name="demo.h5"))
    demo.get_by_text("extension").wait_for()
    assert "8" in demo.inner_text()
    damaged = page.get_by_role("row").filter(has=page.get_by_role("link", name="damaged.h5"))
    damaged.get_by_text("is damaged or truncated").wait_for()
    assert flaws(page) == []


def test_the_signal_is_moved_and_zoomed_with_keys(windows, shared):
    page = windows.open(bypass_csp=True)
    open_demo(page, shared)
    plot = page.get_by_role("group", name=re.compile("Signal: plus and minus zoom"))
    seconds = read_dataset(str(shared.folder / "demo.h5"))[0].duration_s
    plot.press("+")
    page.get_by_role("img", name=f"from {seconds / 4:.2f} to {3 * seconds / 4:.2f} seconds").wait_for()
    plot.press("ArrowLeft")
    page.get_by_text(f"0.00 to {seconds / 2:.2f} s of {seconds:.2f} s").wait_for()
    page.get_by_role("button", name="Show all").press("Enter")
    page.get_by_text(f"0.00 to {seconds:.2f} s of").wait_for()
    assert flaws(page) == []


def test_a_label_is_changed_in_a_copy_that_is_then_shown(windows, shared):
    page = windows.open()
    open_demo(page, shared)
    before = all_segments(read_dataset(str(shared.folder / "demo.h5"))[0])
    page.get_by_role("combobox", name="Segment", exact=True).select_option("1")
    page.get_by_label("Its label").fill("wave")
    page.get_by_role("button", name="Change the label").press("Enter")
    page.get_by_text("Labels changed: 1").wait_for()
    name = page.get_by_label("Name of the new file")
    name.fill("demo")
    name.press("Enter")
    page.get_by_text("demo.h5: exists already").wait_for()
    name.fill("other")
    name.press("Enter")
    page.get_by_role("heading", name="other.h5").wait_for()
    page.get_by_role("cell", name="wave").wait_for()
    after = all_segments(read_dataset(str(shared.folder / "other.h5"))[0])
    assert [one.label for one in after[:3]] == [before[0].label, "wave", before[2].label]


def test_a_model_is_evaluated_on_a_recording(windows, shared):
    page = windows.open(bypass_csp=True)
    open_demo(page, shared)
    page.get_by_role("button", name="Evaluate").press("Enter")
    page.get_by_text(re.compile(r"demo.yaml: balanced accuracy \d+\.\d % \(\d+ windows\)")).wait_for(
        timeout=1000 * patient(60)
    )
    page.get_by_role("table", name=re.compile("Each row is a gesture")).wait_for()
    assert flaws(page) == []


def test_a_stranger_s_report_runs_no_script(windows, shared):
    (shared.folder / "report.html").write_text(
        "<title>quiet</title><p style='color: rgb(255, 0, 0)'>A report</p><script>document.title = 'loud'</script>"
    )
    page = windows.open()
    open_list(page, shared)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="report.html").press("Enter")
    report = opened.value
    report.get_by_text("A report").wait_for()
    assert report.title() == "quiet"
    assert report.get_by_text("A report").evaluate("one => getComputedStyle(one).color") == "rgb(255, 0, 0)"
