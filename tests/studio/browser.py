"""Windows of a real browser, and what is wrong with a page in one."""

from __future__ import annotations

from typing import Any

from patience import patient

SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}


class Windows:
    """Opens windows of a browser; ``problems`` are the errors that their pages raised."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self.problems: list[str] = []

    def open(self, **options: Any) -> Any:
        """A page of a browser that has no cookie yet."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(1000 * patient(20))
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        return page

    def close(self) -> None:
        """Close all of them, which would go on drawing."""
        for context in self._browser.contexts:
            context.close()


def flaws(page: Any) -> list[str]:
    """What is wrong with what a page shows: on each kind of screen, and with light and dark colors."""
    found: list[str] = []
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{name}: {one}" for one in _overflowing(page)]
        if name == "phone":  # an audit takes a second: once on the smallest screen, and once on the largest one below
            found += [f"{name}: {one}" for one in _violations(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in _violations(page)]
    page.emulate_media(color_scheme="light")
    return found


def _overflowing(page: Any) -> list[str]:
    """Elements that are wider than the window, but for what scrolls in a frame of its own, as a wide table does."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(one => {
          const box = one.getBoundingClientRect()
          const isFree = getComputedStyle(one).position === "absolute" || one.closest(".scrolls > *")
          return box.width && !isFree && box.right > innerWidth + 1
        }).map(one => one.outerHTML.slice(0, 80))"""
    )
    return found


def _violations(page: Any) -> list[str]:
    """What axe-core finds on a page, which gets it once."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}" for one in found
    ]
