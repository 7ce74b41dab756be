"""Output ``http``: a page with emergency stop and state, accessible only locally unless configured otherwise."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, RunContext
from emgctl.stats import OutputState, RunStats
from emgctl.support.own_names import OwnNames
from emgctl.support.web.listening import authority, listen
from emgctl.types import Cause, Command, Gesture, Request, Select
from emgctl_http.page import page

if TYPE_CHECKING:
    from emgctl_http.server import Server

_ANSWER_S = 2.0  # for a run on this computer
_WORDS: dict[Cause, str] = {
    "": "running",
    "waiting": "waiting for rest",
    "asleep": "asleep",
    "silence": "fault",
    "fault": "fault",
    "halt": "stopped",
    "end": "ended",
}


class HttpOptions(Options):
    """Where to listen. Anyone with access can stop the run, select grasps and end a pause, but nothing else.

    ``names``: additional host names under which the page may be opened, besides the host name and addresses.
    """

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    names: tuple[Annotated[str, Field(min_length=1, max_length=253)], ...] = ()


class Http(Output):
    """A web page with an emergency stop, a pause and the state; POST /kill, /pause, /resume, /toggle; GET /state."""

    kind = "http"
    Options = HttpOptions
    options: HttpOptions
    _context: RunContext
    _server: Server | None = None
    _port = 0
    _last: Command | None = None
    _reason = ""
    _since = 0.0

    def open(self, context: RunContext) -> None:
        """Start listening.

        Raises:
            DeviceError: the address is unavailable, with the program that uses it.
        """
        from emgctl_http.server import Server  # not above: only a run needs Starlette and uvicorn
        from emgctl_http.site import Site

        host, port = self.options.host, self.options.port
        self._context, self._since = context, time.time()
        listener = listen(host, port, "http", "choose another 'port' or close the program that uses it")
        self._port = listener.getsockname()[1]
        site = Site(page(), context.halt, context.request, self._state, OwnNames(host, self.options.names))
        self._server = Server(site, listener)

    @property
    def address(self) -> str:
        """The URL of the page."""
        if self._server is None:
            return ""
        return f"http://{authority(self.options.host, self._port)}"

    def send(self, command: Command) -> None:
        """Keep the command for state requests."""
        if command.reason != self._reason or self._last is None:
            self._reason, self._since = command.reason, time.time()
        self._last = command

    @property
    def remote_address(self) -> str:
        """Where another process finds a run with these options; "" if the system chooses the port."""
        return authority(self.options.host, self.options.port) if self.options.port else ""

    def forward(self, request: Request) -> None:
        """Post a selection of classes to the run with these options.

        Raises:
            DeviceError: no run answers there, or it refuses.
        """
        if not isinstance(request, Select):
            raise DeviceError(f"http {self.remote_address}", f"{type(request).__name__} cannot be sent to it")
        query = urlencode([("grasp", name) for name in request.names])
        try:
            urlopen(
                UrlRequest(f"http://{self.remote_address}/select?{query}", method="POST"), timeout=_ANSWER_S
            ).close()
        except OSError as error:
            raise DeviceError(f"http {self.remote_address}", f"no run accepts requests there ({error})") from error

    def close(self) -> None:
        """Stop listening."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _state(self) -> dict[str, Any]:
        stats = self._context.stats
        command = self._last or Command.neutral(math.nan, "waiting for the first decision", cause="waiting")
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        word = "paused" if command.cause == "halt" and command.reason.startswith("paused") else _WORDS[command.cause]
        return {
            "at": _iso(time.time()),
            "state": word,
            "reason": command.reason or stats.reason,
            "since": _iso(self._since),
            "cause": command.cause,
            "safety": stats.state,
            "time_s": _finite(command.time_s),
            "gesture": gesture.label if gesture else "",
            "confidence": _finite(gesture.confidence) if gesture else None,
            "intensity": _finite(gesture.intensity) if gesture else None,
            "outputs": {one.name: _output(stats, one) for one in stats.output_states()},
        }


def _output(stats: RunStats, state: OutputState) -> dict[str, Any]:
    counts = stats.outputs[state.name]
    return {key: counts[key] for key in ("commands", "dropped", "failures", "reconnects")} | {
        "note": str(stats.telemetry.get(state.name, {}).get("note", "")),
        "state": state.state,
        "is_there": state.is_there,
        "since": _iso(state.since_s),
        "last_error": state.last_error,
    }


def _finite(value: float) -> float | None:
    """Convert to a number that JSON can represent."""
    return float(value) if math.isfinite(value) else None


def _iso(seconds: float) -> str:
    """Time of day as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
