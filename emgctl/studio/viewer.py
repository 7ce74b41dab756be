"""The live view of one page, over its web socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from emgctl.studio.live import Live

STALLED_S = 30.0
UPDATE_S, SPECTRUM_EVERY_S, QUALITY_EVERY_S = 1 / 30, 0.25, 1.0
SIGN_S = 1.0  # after which an unchanged state is sent again: a page that gets nothing has lost the connection
_GONE = (WebSocketDisconnect, RuntimeError, OSError)


class Viewer:
    """Sends JSON with what is new, and the signal's columns as bytes; never faster than the page reads it.

    The page may send ``{"channel": NUMBER}`` to see that channel's spectrum, and ``{"input": NAME}`` to see that one of
    several inputs. One that reads nothing for ``STALLED_S`` counts as gone.
    """

    def __init__(self, socket: WebSocket, live: Live) -> None:
        self._socket, self._live = socket, live
        self._channel, self._text = 0, ""
        self._input, self._shown, self._columns = "", live.view(""), 0
        self._due: dict[str, float] = {}

    async def show(self) -> None:
        """Send until the page is gone."""
        changed = self._changed = self._live.enter()
        gone = asyncio.create_task(self._listen())
        try:
            while not gone.done():
                waiting = asyncio.create_task(changed.wait())
                await asyncio.wait({gone, waiting}, timeout=SIGN_S, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                changed.clear()
                async with asyncio.timeout(STALLED_S):
                    await self._update()
                await asyncio.sleep(UPDATE_S)
        except _GONE:
            pass
        finally:
            gone.cancel()
            self._live.leave(changed)

    async def _update(self) -> None:
        view = self._live.view(self._input)
        if view is not self._shown:
            self._shown, self._columns, self._due = view, 0, {}
        message: dict[str, Any] = dict(self._live.message(self._input))
        if self._is_due("quality", QUALITY_EVERY_S):
            message["quality"] = view.quality()
        if self._is_due("spectrum", SPECTRUM_EVERY_S):
            message["spectrum"] = view.spectrum(self._channel)
        text = json.dumps(message, separators=(",", ":"))
        if self._is_due("sign", SIGN_S) or text != self._text:
            await self._socket.send_text(text)
            self._text = text
        if view.columns is not None and view.columns.count < self._columns:
            self._columns = 0  # the signal has begun anew
        self._columns, picture = view.picture(self._columns)
        if picture:
            await self._socket.send_bytes(picture)

    def _is_due(self, what: str, every_s: float) -> bool:
        now_s = asyncio.get_running_loop().time()
        if now_s < self._due.get(what, 0.0):
            return False
        self._due[what] = now_s + every_s
        return True

    async def _listen(self) -> None:
        """Take what the page sends, until it is gone; what is malformed is ignored."""
        with contextlib.suppress(*_GONE):
            while True:
                text = (await self._socket.receive()).get("text")
                with contextlib.suppress(ValueError, RecursionError):
                    found = json.loads(text or "")
                    if isinstance(found, dict):
                        self._choose(found)

    def _choose(self, what: Mapping[str, Any]) -> None:
        if type(channel := what.get("channel")) is int:
            self._channel = channel
        if isinstance(name := what.get("input"), str):
            self._input = name
            self._changed.set()
