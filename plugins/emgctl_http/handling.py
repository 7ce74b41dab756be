"""Handles HTTP requests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emgctl.errors import quoted
from emgctl.support.own_names import OwnNames
from emgctl.types import Recentre, Request, Select, StopAnswer, StopRequest
from emgctl_http.server import Connection

HALTS: Mapping[str, StopRequest] = {
    "/kill": StopRequest("kill", "HTTP"),
    "/pause": StopRequest("pause", "HTTP"),
    "/resume": StopRequest("resume", "HTTP"),
    "/toggle": StopRequest("toggle", "HTTP"),
}
_USAGE = f"GET / or /state; POST {' '.join(HALTS)} /recenter /select?grasp=A&grasp=B\n"
_WAITING_S = 5.0  # timeout for a silent client
_MOST_NAMES, _LONGEST_NAME = 32, 64
_DRAINING_S, _LONGEST_BODY = 0.5, 65_536
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # a click on another site's page must not reach ours
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What the handler needs: the page, halts and requests, the state, and the accepted host names."""

    page: str
    halt: Callable[[StopRequest], StopAnswer]
    request: Callable[[Request], None]
    state: Callable[[], dict[str, Any]]
    names: OwnNames


class Handler(BaseHTTPRequestHandler):
    """Handles the single request of a connection; a halt gets its response when it is done."""

    timeout = _WAITING_S
    server_version, sys_version = "emgctl", ""

    def __init__(self, connection: Connection, site: Site) -> None:
        self._site, self._connection = site, connection
        super().__init__(connection.socket, None, None)  # type: ignore[arg-type]  # address and server: unused here

    def do_GET(self) -> None:
        """Send the page, or the state as JSON."""
        path = self._path()
        if path == "/":
            self._answer(HTTPStatus.OK, "text/html", self._site.page)
        elif path == "/state":
            self._answer(HTTPStatus.OK, "application/json", json.dumps(self._site.state()))
        elif path:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", _USAGE)

    def do_POST(self) -> None:
        """Carry out a halt, or pass on a request."""
        path = self._path()
        if path in HALTS:
            self._halt(HALTS[path])
        elif path == "/recenter":
            self._request(Recentre())
        elif path == "/select":
            self._select()
        elif path:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", _USAGE)

    def _path(self) -> str:
        """The requested path; "" if refused: requests from other sites' pages, or under foreign host names."""
        named, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        try:
            if self._site.names.include(named) and (origin is None or urlsplit(origin).netloc.lower() == named.lower()):
                return urlsplit(self.path).path or "/"
        except ValueError:  # invalid origin or path
            pass
        self._answer(
            HTTPStatus.FORBIDDEN, "text/plain", "requests from other sites or under other host names are refused\n"
        )
        return ""

    def _halt(self, halt: StopRequest) -> None:
        self._connection.is_stopping = halt.how == "kill"
        try:
            answer = self._site.halt(halt)
        except Exception as error:  # the client must learn that the stop failed
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", f"{halt.how} failed: {quoted(error)}\n")
            return
        status = HTTPStatus.SERVICE_UNAVAILABLE if answer.missing else HTTPStatus.OK
        if answer.state == "killed" and halt.how in ("resume", "toggle"):
            status = HTTPStatus.CONFLICT  # a kill lasts until the run ends
        if "application/json" in self.headers.get("Accept", ""):
            fields = {"state": answer.state, "took_ms": round(1000 * answer.took_s, 3), "missing": list(answer.missing)}
            self._answer(status, "application/json", json.dumps(fields | {"text": str(answer)}))
        else:
            self._answer(status, "text/plain", f"{answer}\n")

    def _select(self) -> None:
        names = tuple(parse_qs(urlsplit(self.path).query).get("grasp", ()))
        if len(names) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in names):
            problem = f"at most {_MOST_NAMES} grasps, with names of at most {_LONGEST_NAME} characters\n"
            self._answer(HTTPStatus.BAD_REQUEST, "text/plain", problem)
        else:
            self._request(Select(names))

    def _request(self, request: Request) -> None:
        self._site.request(request)
        self._answer(HTTPStatus.OK, "text/plain", "accepted\n")

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        content = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self._drain()

    def _drain(self) -> None:
        """Read and discard the request's body, so that closing the connection does not lose the response."""
        left = min(_length(self.headers.get("Content-Length", "")), _LONGEST_BODY)
        with contextlib.suppress(OSError):
            self.connection.settimeout(_DRAINING_S)
            while left > 0 and (piece := self.rfile.read1(left)):
                left -= len(piece)

    def log_message(self, *_: Any) -> None:
        """Log nothing to the run's terminal."""


def _length(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
