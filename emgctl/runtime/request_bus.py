"""What mappings and outputs ask of the run, from whatever thread, until the loop takes it."""

from __future__ import annotations

from collections import deque

from emgctl.types import Request

_MOST = 1000  # a request is a person's or a game's; who asks faster is not listened to


class RequestBus:
    """Requests wait here; the loop drains them once a block. Neither side ever waits for the other."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=_MOST)

    def put(self, request: Request) -> None:
        """Ask for something; of more than can wait, the oldest are dropped."""
        self._requests.append(request)

    def drain(self) -> list[Request]:
        """What was asked for since the last call, in order."""
        if not self._requests:
            return []
        return [self._requests.popleft() for _ in range(len(self._requests))]
