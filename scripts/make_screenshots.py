"""Make the pictures of the studio's pages in docs/images, from the real studio with the demo, in Chromium.

python scripts/make_screenshots.py            # needs pip install -e ".[dev]", and chromium
python scripts/make_screenshots.py --width 360 --out /tmp/pictures
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
DEMO = ("demo.yaml", "demo.h5", "demo.onnx")
WIDTH, HEIGHT = 1200, 750
LARGEST_BYTES, MOST_BYTES = 200_000, 1_000_000
FILLED = """() => {
  const canvas = document.querySelector("canvas.traces")
  if (!canvas?.height) return false
  return canvas.getContext("2d").getImageData(30, 0, 30, canvas.height).data.some(one => one)
}"""  # the signal has reached the left edge, beside the channels' numbers


@contextlib.contextmanager
def studio() -> Iterator[str]:
    """The link of a studio with the demo in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "emg"
        folder.mkdir()
        for one in DEMO:
            shutil.copy(ROOT / "profiles" / one, folder)
        command = [sys.executable, "-m", "emgctl", "studio", str(folder), "--no-open", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace") as server:
            assert server.stdout is not None
            try:
                yield server.stdout.readline().split()[-1]
            finally:
                server.terminate()


def take(page: Page, path: Path, whole: bool) -> None:
    """Keep what a page shows: all of it, or what fits the window."""
    page.mouse.move(0, 0)
    page.screenshot(path=path, full_page=whole, animations="disabled")


def visit(page: Page, link: str, folder: Path, whole: bool) -> None:
    """Go through the pages as a person does, and take a picture of each."""

    def picture(name: str) -> None:
        take(page, folder / f"studio-{name}.png", whole)

    def go(name: str) -> None:
        page.get_by_role("navigation").get_by_role("link", name=name).click()

    page.goto(link)
    page.get_by_role("button", name="Search again").wait_for()
    picture("home")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(FILLED)
    page.locator(".gesture .label").get_by_text(re.compile("fist|open|radial|ulnar|pinch")).wait_for()
    page.get_by_text("all electrodes have contact").wait_for()
    picture("live")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)  # until all is drawn in these colors
    picture("live-dark")
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_text("The run has ended").first.wait_for()
    go("Mapping")
    page.get_by_role("combobox", name="Control", exact=True).select_option("axis:-1:right_trigger")
    picture("mapping")
    go("Recordings")
    page.get_by_role("link", name="demo.h5").click()
    page.locator("canvas.traces[data-columns]").wait_for()
    picture("recordings")
    go("Calibrate")
    page.get_by_label("A simulated person").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("group", name="Which gestures?").wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").click()
    page.locator("h2.label").get_by_text("open", exact=True).wait_for()
    page.wait_for_function(FILLED)
    picture("calibrate")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the studio's pages.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="the folder for the pictures")
    parser.add_argument("--width", type=int, default=WIDTH, help="of the window, in pixels")
    parser.add_argument("--whole", action="store_true", help="whole pages, and not only what fits the window")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, studio() as link:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": given.width, "height": HEIGHT}, color_scheme="light", locale="en")
        visit(page, link, given.out, given.whole)
        browser.close()
    sizes = {path.name: path.stat().st_size for path in sorted(given.out.glob("studio-*.png"))}
    print("\n".join(f"{name}: {size / 1000:.0f} kB" for name, size in sizes.items()))
    if not given.whole and (max(sizes.values()) > LARGEST_BYTES or sum(sizes.values()) > MOST_BYTES):
        sys.exit("these pictures are too large for the documentation")


if __name__ == "__main__":
    main()
