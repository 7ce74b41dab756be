"""The site's pages in one folder: those of docs/, some of the repository's root, and the references."""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs_site.api_reference import api_reference
from docs_site.command_reference import command_reference
from docs_site.profile_reference import profile_reference
from docs_site.prose import anchors, faults, links

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CONFIG = ROOT / "zensical.toml"
ELSEWHERE = {  # pages that are not in docs/, and their names on the site
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security-policy.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "benchmarks/README.md": "benchmarks.md",
    "firmware/arduino-emg/README.md": "arduino-emg.md",
    "firmware/arduino-hand/README.md": "arduino-hand.md",
}
GENERATED = {
    "reference/profile.md": profile_reference,
    "reference/commands.md": command_reference,
    "reference/api.md": api_reference,
}


def sources() -> dict[Path, str]:
    """Each file that the site takes over, and its name there."""
    written = {path: path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*")) if path.is_file()}
    return written | {ROOT / name: page for name, page in ELSEWHERE.items()}


def stage(folder: Path) -> list[str]:
    """Write the site's pages into ``folder``, which is emptied first, and list what is wrong with them."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    problems = []
    names = sources()
    for source, name in names.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text = source.read_text(encoding="utf-8")
            target.write_text(_as_on_the_site(text, source, names), encoding="utf-8")
            problems += [f"{source.relative_to(ROOT).as_posix()}: {fault}" for fault in faults(text)]
        else:
            shutil.copy(source, target)
    for name, page in GENERATED.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(page(), encoding="utf-8")
    return [*problems, *broken_links(folder), *navigation_gaps(folder)]


def _as_on_the_site(text: str, source: Path, names: dict[Path, str]) -> str:
    """The page with its links between files of the repository led to the site's pages.

    A link to a file that is no page becomes its words, since the site has pages only and no address of the repository.
    """
    here = Path(names[source]).parent
    parts, end = [], 0
    for link in links(text):
        path, _, anchor = link.target.partition("#")
        target = (source.parent / path).resolve()
        if "://" in link.target or not path or not target.exists():
            continue  # what is broken is found in what was written
        if target in names:
            led = os.path.relpath(names[target], here).replace(os.sep, "/") + (f"#{anchor}" if anchor else "")
            new = f"{'!' * link.picture}[{link.words}]({led})"
        else:
            new = link.words
        parts += [text[end : link.begin], new]
        end = link.end
    return "".join([*parts, text[end:]])


def broken_links(folder: Path) -> Iterator[str]:
    """Links to pages, pictures and anchors that are not in ``folder``."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.md"))}
    known = {path: anchors(text) for path, text in pages.items()}
    for page, text in pages.items():
        for link in links(text):
            path, _, anchor = link.target.partition("#")
            if re.match(r"[a-z]+:", link.target):
                continue
            target = (page.parent / path).resolve() if path else page
            where = f"{page.relative_to(folder).as_posix()}: {link.target}"
            if not target.is_file():
                yield f"{where}: there is no such page or file"
            elif anchor and anchor not in known.get(target, ()):
                yield f"{where}: the page has no such heading"


def external_links(folder: Path) -> dict[str, str]:
    """Addresses elsewhere, each with a page that links to it."""
    return {
        link.target: page.relative_to(folder).as_posix()
        for page in sorted(folder.rglob("*.md"))
        for link in links(page.read_text(encoding="utf-8"))
        if link.target.startswith("http")
    }


def navigation() -> list[str]:
    """The pages that the navigation names, in its order."""
    return list(_pages(tomllib.loads(CONFIG.read_text(encoding="utf-8"))["project"]["nav"]))


def _pages(entries: Any) -> Iterator[str]:
    if isinstance(entries, str):
        yield entries
    else:
        for entry in entries if isinstance(entries, list) else entries.values():
            yield from _pages(entry)


def navigation_gaps(folder: Path) -> Iterator[str]:
    """Pages that the navigation does not name, and names without a page."""
    named = navigation()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    twice = {name for name in named if named.count(name) > 1}
    yield from (
        f"{name}: no page has this name, but zensical.toml has it in nav" for name in named if name not in there
    )
    yield from (f"{name}: add this page to nav in zensical.toml" for name in sorted(there - set(named)))
    yield from (f"{name}: it is in nav of zensical.toml twice" for name in sorted(twice))
