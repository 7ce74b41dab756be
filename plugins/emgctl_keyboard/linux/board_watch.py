"""Reads all keyboards, including those connected later, in a thread that only :meth:`BoardWatch.close` ends."""

from __future__ import annotations

import logging
import os
import selectors
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from emgctl.errors import quoted
from emgctl_keyboard.linux.folder_watch import FolderWatch

log = logging.getLogger(__name__)
_RESCAN_S = 2.0  # only where the system does not report new devices


class Board(Protocol):
    """A keyboard with watched keys."""

    name: str

    def fileno(self) -> int:
        """The descriptor to wait on."""

    def presses(self) -> Iterable[int]:
        """Codes of the keys pressed since the last call; raises OSError when the keyboard is gone."""

    def close(self) -> None:
        """Release the device."""


class BoardWatch:
    """Calls ``pressed`` with the code of each key pressed on a keyboard in ``folder``.

    ``open_board`` opens a node of the folder; it returns None if that is not a keyboard with a watched key or is not
    readable (yet). Keyboards connected later are included; a lost keyboard is reported.
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
            log.warning(
                "scanning for new keyboards every %g s, since the system does not report them: %s", _RESCAN_S, error
            )
        self._scan()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="stop keys", daemon=True)

    @property
    def boards(self) -> tuple[str, ...]:
        """Names of the keyboards being read."""
        return tuple(board.name for board in list(self._boards.values()))

    def start(self) -> None:
        """Start reading."""
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
            except Exception as error:  # whatever a keyboard does, the next key must still stop the run
                log.warning("stop keys: %s", quoted(error) or type(error).__name__)
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
            except Exception as error:  # usually unplugged
                self._lose(path, board, error)

    def _scan(self) -> list[Board]:
        """Open new keyboards."""
        found = []
        for path in sorted(self._folder.glob("event*")):
            if path in self._boards:
                continue
            try:
                board = self._open_board(path)
            except OSError:  # gone again, or not readable yet: a change of rights is reported
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
        new = self._scan()  # another one may already have its name
        left = "others can still stop emgctl" if self._boards else "no remaining keyboard can stop emgctl: plug one in"
        log.warning("keyboard '%s' was lost (%s); %s", quoted(board.name), error, left)
        self._report_new(new)

    def _release(self) -> None:
        for board in self._boards.values():
            board.close()
        self._boards.clear()
        self._waiting.close()
        if self._watch is not None:
            self._watch.close()
        os.close(self._woken)
