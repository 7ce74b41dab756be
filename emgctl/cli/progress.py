"""Progress on stderr: a bar where someone is watching, else a line every ten seconds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

LINE_EVERY_S = 10.0


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows what is being done, how much of it is done and how much there is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        with _lines() as show_line:
            yield show_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield show


@contextmanager
def _lines() -> Iterator[Callable[[str, int, int], None]]:
    """Print what was shown last every so often, as long as it lasts, whether or not the work reports anything new."""
    latest: list[str] = []
    over = threading.Event()

    def show(what: str, done: int, total: int) -> None:
        latest[:] = [f"{what}: {done} of {total}"]

    def print_them() -> None:
        while not over.wait(LINE_EVERY_S):
            for line in latest:
                print(f"emgctl: {line}", file=sys.stderr, flush=True)  # noqa: T201 - it is for people

    printer = threading.Thread(target=print_them, name="progress", daemon=True)
    printer.start()
    try:
        yield show
    finally:
        over.set()
        printer.join()


@contextmanager
def late_progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """The same, drawn from the first call on, since prompts may be on the terminal until then."""
    with ExitStack() as stack:
        bars: list[Callable[[str, int, int], None]] = []

        def show(what: str, done: int, total: int) -> None:
            if not bars:
                bars.append(stack.enter_context(progress_bar()))
            bars[0](what, done, total)

        yield show
