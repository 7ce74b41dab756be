"""Reads all keyboards that are there and those that come, in a thread that only :meth:`BoardWatch.close` ends."""

from __future__ import annotations

import logging
import os
import selectors
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from emgctl.errors import quoted
from emgctl_keyboard.folder_watch import FolderWatch

log = logging.getLogger(__name__)
_RESCAN_S = 2.0  # only where the system does not report new devices


class Board(Protocol):
    """A keyboard with keys that are watched."""

    name: str

    def fileno(self) -> int:
        """What to wait for."""

    def presses(self) -> Iterable[int]:
        """The codes of the keys pressed since the last call; raises OSError when the keyboard is gone."""

    def close(self) -> None:
        """Release it."""


class BoardWatch:
    """Calls ``pressed`` with the code of each key that is pressed on a keyboard of ``folder``.

    ``open_board`` opens a node of the folder, or returns None where it is no keyboard with a watched key or may not be
    read (yet). Keyboards that are plugged in later are read as well; one that is lost is reported.
    """

    def __init__(
        self, folder: Path, open_board: Callable[[Path], Board | None], pressed: Callable[[int], None]
    ) -> None:
        self._folder, self._open_board, self._pressed = folder, open_board, pressed
        self._boards: dict[Path, Board] = {}
        self._waiting = selectors.DefaultSelector()
        self._woken, self._wake = os.pipe()
        self._waiting.register(self._woken, selectors.EVENT_READ, None)
        try:
            self._watch: FolderWatch | None = FolderWatch(folder)
            self._waiting.register(self._watch, selectors.EVENT_READ, self._watch)
        except OSError as error:
            self._watch = None
            log.warning("new keyboards are looked for every %g s, since they are not reported: %s", _RESCAN_S, error)
        self._scan()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="keys that stop", daemon=True)

    @property
    def boards(self) -> tuple[str, ...]:
        """The names of the keyboards that are read."""
        return tuple(board.name for board in list(self._boards.values()))

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading; may be called twice."""
        if self._closing:
            return
        self._closing = True
        os.close(self._wake)
        if self._thread.ident is None:
            self._release()
        elif self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._closing:
            try:
                for key, _ in self._waiting.select(None if self._watch is not None else _RESCAN_S):
                    self._take(key.data)
                if self._watch is None and not self._closing:
                    self._report_new(self._scan())
            except Exception as error:  # a keyboard may do anything; the next key must still stop the run
                log.warning("keys that stop: %s", quoted(error) or type(error).__name__)
                threading.Event().wait(0.1)
        self._release()

    def _take(self, source: Any) -> None:
        if source is self._watch and self._watch is not None:
            self._watch.clear()
            self._report_new(self._scan())
        elif source is not None:
            path, board = source
            try:
                for code in board.presses():
                    self._pressed(code)
            except Exception as error:  # unplugged, mostly
                self._lose(path, board, error)

    def _scan(self) -> list[Board]:
        """Open what is new."""
        found = []
        for path in sorted(self._folder.glob("event*")):
            if path in self._boards:
                continue
            try:
                board = self._open_board(path)
            except OSError:  # gone again, or not permitted yet: its rights are reported when they change
                continue
            if board is not None:
                self._boards[path] = board
                self._waiting.register(board, selectors.EVENT_READ, (path, board))
                found.append(board)
        return found

    def _report_new(self, boards: Iterable[Board]) -> None:
        for board in boards:
            log.warning("keyboard '%s' was connected; its keys can stop emgctl", quoted(board.name))

    def _lose(self, path: Path, board: Board, error: Exception) -> None:
        self._waiting.unregister(board)
        del self._boards[path]
        board.close()
        new = self._scan()  # another one may have its name already
        left = (
            "others can still stop emgctl" if self._boards else "no keyboard is left that can stop emgctl: plug one in"
        )
        log.warning("keyboard '%s' is lost (%s); %s", quoted(board.name), error, left)
        self._report_new(new)

    def _release(self) -> None:
        for board in self._boards.values():
            board.close()
        self._boards.clear()
        self._waiting.close()
        if self._watch is not None:
            self._watch.close()
        os.close(self._woken)
