"""Progress bars, on stderr and only where someone is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows what is being done, how much of it is done and how much there is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield show


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
