"""Requests of mappings and outputs to the run, from any thread, until the loop handles them."""

from __future__ import annotations

from collections import deque

from emgctl.types import Request

_MOST = 1000  # requests come from people or games; excess ones are dropped


class RequestBus:
    """Queues requests, which the loop drains once per block. Neither side ever waits for the other."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=_MOST)

    def put(self, request: Request) -> None:
        """Add a request; when the queue is full, the oldest one is dropped."""
        self._requests.append(request)

    def drain(self) -> list[Request]:
        """Return the requests since the last call, in order."""
        if not self._requests:
            return []
        return [self._requests.popleft() for _ in range(len(self._requests))]
