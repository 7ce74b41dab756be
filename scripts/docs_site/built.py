"""What is checked in the built site: its links and anchors, and that it loads nothing from elsewhere."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {**dict.fromkeys(("script", "img", "iframe", "source", "video", "audio"), "src"), "object": "data"}
AGENT = {"User-Agent": "Mozilla/5.0 (link check of emgctl's documentation)"}


class _Page(HTMLParser):
    """The anchors, links and loaded files of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.anchors.update(has[name] for name in ("id", "name") if has.get(name))
        if tag == "a" and has.get("href"):
            self.links.append(has["href"])
        if tag == "link" and "canonical" not in has.get("rel", ""):
            self.loaded.append(has.get("href", ""))
        if has.get(LOADED.get(tag, "")):
            self.loaded.append(has[LOADED[tag]])


def problems(site: Path) -> Iterator[str]:
    """Broken links and anchors of the built pages, and what they would load from elsewhere."""
    paths = [path for path in sorted(site.rglob("*.html")) if path.name != "404.html"]
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in paths}
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        yield from (f"{name}: loads {one}" for one in page.loaded if re.match(r"(https?:)?//", one))
        for link in [*page.links, *page.loaded]:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{name}: {link} is not there"
            elif address.fragment and target in pages and unquote(address.fragment) not in pages[target].anchors:
                yield f"{name}: {link}: the page has no such heading"


def unreachable(addresses: dict[str, str]) -> Iterator[str]:
    """Addresses elsewhere that do not answer, each with the page that links to it."""
    for address, page in addresses.items():
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers=AGENT), timeout=20):
                pass
        except (urllib.error.URLError, OSError, ValueError) as error:
            yield f"{page}: {address}: {error}"
