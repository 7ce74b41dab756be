"""The emergency-stop page: a single file, no external resources, usable by keyboard and screen reader."""

from pathlib import Path

from emgctl.support.page import render


def page() -> str:
    """The page as HTML."""
    return render(Path(__file__).with_name("page.html"), title="emgctl")
