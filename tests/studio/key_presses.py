"""A keyboard in front of a page, for tests of what people do without a mouse."""

from __future__ import annotations

from typing import Any


class Keys:
    """A keyboard that counts how often it was pressed."""

    def __init__(self, page: Any) -> None:
        self._page, self.presses = page, 0

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.presses += 1

    def reach(self, element: Any) -> None:
        """Press Tab until the element has the focus."""
        element.wait_for()
        for _ in range(12):
            if element.evaluate("one => one === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {element}")


def focused(page: Any, element: Any) -> None:
    """Wait until the page has moved the focus to an element."""
    element.wait_for()
    page.wait_for_function("one => one === document.activeElement", arg=element.element_handle())
