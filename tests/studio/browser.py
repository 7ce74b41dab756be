"""Windows of a real browser, and what is wrong with a page in one."""

from __future__ import annotations

from typing import Any

import pytest
from patience import patient

SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}


def window(chromium: Any, **options: Any) -> Any:
    """A page of a browser that has no cookie yet; what goes wrong in it fails the test."""
    context = chromium.new_context(**options)
    context.set_default_timeout(1000 * patient(20))
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page raised {error}"))
    return page


def overflowing(page: Any) -> list[str]:
    """Elements that are wider than the window."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(one => {
          const box = one.getBoundingClientRect()
          return box.width && getComputedStyle(one).position !== "absolute" && box.right > innerWidth + 1
        }).map(one => one.outerHTML.slice(0, 80))"""
    )
    return found


def violations(page: Any) -> list[str]:
    """What axe-core finds on a page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}" for one in found
    ]
