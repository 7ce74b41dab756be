"""How fluently the studio's live page draws, and how soon: in headless Chromium, with a run of simulated EMG.

    python benchmarks/studio_frames.py [--seconds 10] [--repeat 3]

Prints for 8 channels at 200 Hz and 64 at 2 kHz: frames a second that drew the signal, the longest time between two of
them, and the time from the link's request to the first picture of the signal. Needs playwright, chromium and the
training libraries (pip install -e ".[dev]").
"""

import argparse
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from emgctl.cli.benchmark import PROFILE, SIGNALS, prepare
from emgctl.inference.model import Model

SIGNAL_S = 120.0  # of signal, so that the run does not end meanwhile
WATCH_FRAMES = """() => {
  const draw = CanvasRenderingContext2D.prototype.drawImage
  let last = 0
  window.drawn = []
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    draw.apply(this, given)
    const now = document.timeline.currentTime
    if (!this.canvas.matches(".traces") || now === last) return
    last = now
    window.drawn.push(now)
    requestAnimationFrame(() => performance.mark("painted"))
  }
}"""  # one entry a frame of the screen, whatever is drawn in it


def prepared(folder, name):
    """A profile that plays a simulated signal of this name."""
    prepare(folder, SIGNALS[name], "lda", SIGNAL_S)
    decoder = Model.load(folder / "model.onnx").card.kind
    (folder / "bench.yaml").write_text(PROFILE.format(to_s=SIGNAL_S, decoder=decoder, hop_s=0.05))


def measure(browser, folder, seconds, repeat):
    """Frames a second, the longest pause in ms, and the first pictures in ms."""
    command = [sys.executable, "-m", "emgctl", "studio", str(folder), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            return watch(browser, server.stdout.readline().split()[-1], seconds, repeat)
        finally:
            server.terminate()


def watch(browser, link, seconds, repeat):
    """The same, of the studio with this link."""
    page = opened(browser, link)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => window.drawn.length > 100")
    frames, pauses_ms = [], []
    for _ in range(repeat):
        page.evaluate("() => { window.drawn = [] }")
        page.wait_for_timeout(1000 * seconds)
        drawn_ms = page.evaluate("() => window.drawn")
        frames.append((len(drawn_ms) - 1) / (drawn_ms[-1] - drawn_ms[0]) * 1000)
        pauses_ms.append(max(b - a for a, b in itertools.pairwise(drawn_ms)))
    new = "fetch('/api/link', {method: 'POST', body: '{}'}).then(one => one.json())"
    paths = [page.evaluate(new)["path"] for _ in range(repeat)]
    page.context.close()
    firsts_ms = []
    for path in paths:
        page = opened(browser, f"{link.partition('/?')[0]}{path}#live")
        page.wait_for_function("() => performance.getEntriesByName('painted').length > 0")
        firsts_ms.append(page.evaluate("() => performance.getEntriesByName('painted')[0].startTime"))
        page.context.close()
    return frames, pauses_ms, firsts_ms


def opened(browser, link):
    """A page whose frames are counted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(f"({WATCH_FRAMES})()")
    page = context.new_page()
    page.goto(link)
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name in SIGNALS:
            with tempfile.TemporaryDirectory() as folder:
                prepared(Path(folder), name)
                frames, pauses_ms, firsts_ms = measure(browser, Path(folder), options.seconds, options.repeat)
            middle = statistics.median
            rate, pause_ms, first_ms = (middle(one) for one in (frames, pauses_ms, firsts_ms))
            print(f"{name}, {os.cpu_count()} cores:")
            print(f"  {rate:.1f} frames/s (least {min(frames):.1f}), longest pause {pause_ms:.0f} ms")
            print(f"  first picture after {first_ms:.0f} ms (latest {max(firsts_ms):.0f})")
        browser.close()


if __name__ == "__main__":
    main()
