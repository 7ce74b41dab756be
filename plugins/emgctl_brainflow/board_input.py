"""What the inputs ``brainflow`` and ``mindrove`` have in common."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from emgctl.errors import DeviceError
from emgctl.plugin import Input, StreamDescription
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.types import SampleBlock, Signal
from emgctl_brainflow.boards import Board, find_board
from emgctl_brainflow.library import Library
from emgctl_brainflow.options import BoardOptions
from emgctl_brainflow.package_counter import PackageCounter, Run

LOOK_S = 0.0075
"""How long to wait before looking again: the library has neither a callback nor a call that waits for samples.

Of what an input costs a processor, most is the looking: with 5 ms, a fifth more.
"""
BUFFER_S = 10  # how much the library keeps if this program does not look
RELEASE_S = 0.8  # how long close() waits for a board to be released, which takes some boards seconds
_STANDSTILL_S = 0.1  # after a longer time between two looks, the computer stood still, and not the board
_RELEASED_S = 20.0  # how long open() waits for that
_NOT_PARAMS = frozenset(("board", "config", "unit", "wait_s", "stall_s"))


class BoardInput(Input):
    """A board of BrainFlow or its fork."""

    argument = "board"
    library: ClassVar[Library]
    no_samples: ClassVar[str]
    """What to do if a board sends nothing."""
    no_board: ClassVar[str]
    """Where to read which options a board needs."""
    options: Any
    _shim: Any = None
    _releasing: threading.Thread | None = None
    _closes = 0  # also while another thread is opening it

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check that the library is installed."""
        yield library(cls.library.package, cls.library.package)

    def open(self) -> Signal:
        """Connect to the board, start it, and wait for its first sample.

        Raises:
            DeviceError: the library or the board is missing, or it sends nothing.
        """
        self.close()
        closes = self._closes
        self._await_release()
        self._module = self.library.load()
        options: BoardOptions = self.options
        self._board = board = find_board(self.kind, self._module, self.options.board, options.master_board)
        self._where = f"{self.kind} {board.name}"
        signal, self._factor = board.signal(options.unit)
        self._rows = list(board.rows)
        self._counter = PackageCounter(board.rate_hz, board.fold)
        self._waiting, self._index = deque[SampleBlock](), 0
        self._looked_s, self._silent_s = time.perf_counter(), 0.0
        self.status["samples_lost"] = 0
        shim = self._started(board)
        try:
            self._await_samples(shim, closes)
        except BaseException:
            self._release(shim)
            raise
        self._shim = shim
        return signal

    def stream_description(self) -> StreamDescription:
        """What the open board sends."""
        board = self._board
        line = f"board {board.id} of {self.library.package}: EMG in its rows {board.rows[0]} to {board.rows[-1]}"
        return StreamDescription((f"{board.name}: {line}",), {})

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return received samples; lost ones are a gap in ``start``.

        Raises:
            DeviceError: no sample arrives.
        """
        shim, until_s = self._shim, time.perf_counter() + timeout_s
        if shim is None:
            raise DeviceError(self.kind, "is not open", "call open() first")
        while not self._waiting:
            now_s = time.perf_counter()
            wait_s = self._looked_s + LOOK_S - now_s
            if wait_s > 0:
                time.sleep(max(min(wait_s, until_s - now_s), 0.0))
            if self._receive(shim):
                break
            if self._silent_s >= self.options.stall_s:
                raise DeviceError(self._where, f"sent no samples for {self.options.stall_s:g} s", self.no_samples)
            if self._looked_s >= until_s:
                return None
        return self._waiting.popleft()

    def close(self) -> None:
        """Stop the board and release it."""
        self._closes += 1
        shim, self._shim = self._shim, None
        if shim is not None:
            self._release(shim)

    def _started(self, board: Board) -> Any:
        """The board, sending."""
        options, module = self.options, self._module
        params = getattr(module, self.library.params)()
        for key, value in options.model_dump(exclude=_NOT_PARAMS, exclude_none=True).items():
            setattr(params, key, str(value) if key == "file" else value)
        if options.master_board is not None:
            params.master_board = int(getattr(module.BoardIds, board.described_as))
        with self.library.calls(self._where, module, self.no_board):
            shim = self.library.session(module, board.id, params)
            shim.prepare_session()  # if this fails, the board may be another session's, which must not be released
            try:
                for command in options.config:
                    shim.config_board(command)
                shim.start_stream(max(int(BUFFER_S * board.rate_hz), 1000))
            except BaseException:
                self._release(shim)
                raise
        return shim

    def _await_samples(self, shim: Any, closes: int) -> None:
        until_s = time.perf_counter() + self.options.wait_s
        while not self._receive(shim):
            if self._closes != closes:
                raise DeviceError(self._where, "was closed while opening")
            if time.perf_counter() > until_s:
                raise DeviceError(self._where, f"sends no samples within {self.options.wait_s:g} s", self.no_samples)
            time.sleep(LOOK_S)
        if self._closes != closes:
            raise DeviceError(self._where, "was closed while opening")

    def _receive(self, shim: Any) -> bool:
        """Queue the samples that have arrived, a block up to each gap; False if there are none."""
        try:
            rows = shim.get_board_data()
        except Exception as error:  # the library's own class of error
            raise DeviceError(self._where, "was closed by the library", self.no_samples) from error
        count, before_s, now_s = rows.shape[1], self._looked_s, time.perf_counter()
        self._looked_s = now_s
        self._silent_s = 0.0 if count else self._silent_s + min(now_s - before_s, _STANDSTILL_S)
        if not count:
            return False
        board = self._board
        samples = (rows[self._rows].T * self._factor).astype(np.float32)
        begin = 0
        for lost, length in self._runs(rows, count):
            self._index += lost
            if lost:
                self.status["samples_lost"] += lost
            block = np.ascontiguousarray(samples[begin : begin + length])
            self._waiting.append(SampleBlock(block, self._index, now_s))
            self._index += length
            begin += length
        if board.battery is not None:
            self.status["battery_percent"] = round(float(rows[board.battery, -1]))
        return True

    def _runs(self, rows: Any, count: int) -> list[Run]:
        board = self._board
        if board.numbers is None:
            return [Run(0, count)]
        stamps_s = np.zeros(count) if board.stamps is None else rows[board.stamps]
        runs = self._counter.push(rows[board.numbers], stamps_s)
        if self._counter.counts is False:
            self.status["samples_lost"] = None
        return runs

    def _release(self, shim: Any) -> None:
        """Release a board in a thread of its own: some take seconds, and a lost one must not hold up the outputs."""
        thread = threading.Thread(target=_released, args=(shim,), name=f"{self.kind} closing", daemon=True)
        self._releasing = thread
        thread.start()
        thread.join(RELEASE_S)

    def _await_release(self) -> None:
        thread, self._releasing = self._releasing, None
        if thread is not None:
            thread.join(_RELEASED_S)


def _released(shim: Any) -> None:
    """Stop and release; a board that is gone refuses the first, and must be released all the same."""
    for end in (shim.stop_stream, shim.release_session):
        with contextlib.suppress(Exception):  # the library's own class of error
            end()
