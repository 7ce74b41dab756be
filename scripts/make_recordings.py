"""Make the short recordings in docs/images, of the real studio and of a real terminal, as WebM (VP9).

python scripts/make_recordings.py [studio] [terminal]     # needs pip install -e ".[dev]", chromium and tmux
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import imageio_ffmpeg
from make_screenshots import DEMO, FILLED, ROOT, studio
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

IMAGES = ROOT / "docs" / "images"
RATE_HZ = 10
MOST_BYTES = 1_500_000
COLUMNS, ROWS = 100, 5
LIVE_S, MAPPING_S, TERMINAL_S = 9.0, 2.0, 12.0
COMMAND = "emgctl run --profile demo.yaml --duration 10"
TERMINAL_PAGE = """<style>
  body { margin: 0; background: #0c0c0c; color: #d9d9d9 }
  pre { margin: 0; padding: 16px; font: 15px/1.35 "DejaVu Sans Mono", monospace }
</style><pre></pre>"""

Frame = tuple[float, bytes]
"""When it was shown, in seconds, and the picture (JPEG)."""


def encode(frames: Sequence[Frame], to: Path) -> None:
    """Write a film, each picture until the next one came."""
    size = ["-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "38", "-pix_fmt", "yuv420p", "-an"]
    words = ["-loglevel", "error", "-y", "-f", "image2pipe", "-c:v", "mjpeg", "-framerate", str(RATE_HZ), "-i", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *words, *size, str(to)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for picture in regular(frames):
            ffmpeg.stdin.write(picture)
    if ffmpeg.returncode:
        sys.exit(f"{to.name} could not be encoded")
    print(f"{to.name}: {to.stat().st_size / 1000:.0f} kB, {frames[-1][0] - frames[0][0]:.1f} s")
    if to.stat().st_size > MOST_BYTES:
        sys.exit("this recording is too large for the documentation")


def regular(frames: Sequence[Frame]) -> Iterator[bytes]:
    """The picture that was shown at each tick of the film."""
    place = 0
    for tick in range(round((frames[-1][0] - frames[0][0]) * RATE_HZ) + 1):
        while place + 1 < len(frames) and frames[place + 1][0] <= frames[0][0] + tick / RATE_HZ:
            place += 1
        yield frames[place][1]


def film_studio(browser: Browser) -> list[Frame]:
    """Home, a run of the demo, and its mapping."""
    frames: list[Frame] = []
    with studio() as link:
        page = browser.new_page(viewport={"width": 1000, "height": 640}, color_scheme="light", locale="en")
        page.goto(link)
        page.get_by_role("button", name="Search again").wait_for()
        chromium = page.context.new_cdp_session(page)

        def keep(event: dict) -> None:
            frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
            chromium.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

        chromium.on("Page.screencastFrame", keep)
        chromium.send("Page.startScreencast", {"format": "jpeg", "quality": 90, "everyNthFrame": 3})
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function(FILLED)
        page.wait_for_timeout(1000 * LIVE_S)
        page.get_by_role("button", name="End", exact=True).click()
        page.get_by_text("The run has ended").first.wait_for()
        page.get_by_role("navigation").get_by_role("link", name="Mapping").click()
        page.get_by_role("combobox", name="Control", exact=True).select_option("axis:-1:right_trigger")
        page.wait_for_timeout(1000 * MAPPING_S)
        chromium.send("Page.stopScreencast")
        page.close()
    return frames


def film_terminal(browser: Browser) -> list[Frame]:
    """The demo in a terminal of tmux, which knows what such a terminal shows."""
    page = browser.new_page(viewport={"width": 940, "height": 132})
    page.set_content(TERMINAL_PAGE)
    return [(at_s, drawn(page, screen)) for at_s, screen in screens()]


def screens() -> list[tuple[float, str]]:
    """What the terminal showed, with its colors, whenever that had changed."""
    found: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory() as name:
        for one in DEMO:
            shutil.copy(ROOT / "profiles" / one, name)
        tmux = ["tmux", "-L", f"emgctl-{Path(name).name}", "-f", "/dev/null"]
        shell = f"""exec env PS1='$ ' PATH='{Path(sys.executable).parent}':"$PATH" sh"""
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        subprocess.run([*tmux, "new-session", "-d", *size, "-c", name, shell], check=True)
        try:
            subprocess.run([*tmux, "set-option", "status", "off"], check=True)
            while not screen(tmux).startswith("$"):
                time.sleep(0.05)
            begun_s = time.monotonic()
            for sign in COMMAND:
                subprocess.run([*tmux, "send-keys", "-l", sign], check=True)
                found.append((time.monotonic() - begun_s, screen(tmux)))
            subprocess.run([*tmux, "send-keys", "Enter"], check=True)
            until_s = time.monotonic() + TERMINAL_S
            while time.monotonic() < until_s:
                shown = screen(tmux)
                if shown != found[-1][1]:
                    found.append((time.monotonic() - begun_s, shown))
                time.sleep(0.5 / RATE_HZ)
            found.append((time.monotonic() - begun_s, screen(tmux)))
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
    return found


def screen(tmux: Sequence[str]) -> str:
    """What it shows now."""
    return subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True).stdout


def drawn(page: Page, text: str) -> bytes:
    """A picture of a terminal's screen."""
    with io.StringIO() as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, color_system="truecolor", force_terminal=True)
        console.print(Text.from_ansi(text))
    html = console.export_html(theme=MONOKAI, code_format="{code}", inline_styles=True)
    page.evaluate("html => { document.querySelector('pre').innerHTML = html }", html)
    return page.screenshot(type="jpeg", quality=90)


FILMS = {"studio": film_studio, "terminal": film_terminal}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in sys.argv[1:] or FILMS:
            encode(FILMS[name](browser), IMAGES / f"{name}.webm")
        browser.close()


if __name__ == "__main__":
    main()
