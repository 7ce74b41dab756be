"""Output ``http``: a page with an emergency stop and the state, on this computer unless told otherwise."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture, Halt, Recentre, Request, Select

ASKS: dict[str, Request] = {
    "/kill": Halt("kill", "HTTP"),
    "/pause": Halt("toggle", "HTTP"),
    "/recenter": Recentre(),
}
_ASKING_TIMEOUT_S = 5  # for who connects and says nothing

PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>emgctl</title>
<style>body{font:1.3em sans-serif;text-align:center;margin:1em}button{font:inherit;padding:.6em 1.2em;margin:.3em}
#kill{font-size:2.5em;background:#c00;color:#fff;border:0;border-radius:.3em;width:90%;padding:1em}</style>
<button id="kill">STOP</button><br><button id="pause">pause / go on</button><h1 id="label"></h1><p id="why"></p>
<script>for(const name of["kill","pause"])document.getElementById(name).onclick=()=>fetch("/"+name,{method:"POST"});
setInterval(async()=>{let told;try{told=await(await fetch("/state")).json()}catch{told={gesture:"no answer"}}
document.getElementById("label").textContent=told.gesture||"";
document.getElementById("why").textContent=told.reason?"neutral: "+told.reason:""},300)</script>"""


class HttpOptions(Options):
    """Where to listen. Whoever reaches it may stop the run, choose grasps and end a pause, and nothing else."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765


class Http(Output):
    """A web page with an emergency stop, a pause and the state; POST /kill, /pause, /recenter, /select; GET /state."""

    kind = "http"
    Options = HttpOptions
    options: HttpOptions
    _server: ThreadingHTTPServer | None = None
    _last: Command | None = None

    def open(self, session: Session) -> None:
        """Listen.

        Raises:
            DeviceError: the address can't be had.
        """
        host, port = self.options.host, self.options.port
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(session.ask, self._state, host))
        except OSError as error:
            said = error.strerror or str(error)
            remedy = "choose another 'port', or end the program that has it"
            raise DeviceError(f"http {host}:{port}", f"can't be listened on: {said}", remedy) from error
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        if self._server is None:
            return ""
        return f"http://{self.options.host}:{self._server.server_port}"

    def send(self, command: Command) -> None:
        """Keep the command, for who asks."""
        self._last = command

    def close(self) -> None:
        """Listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _state(self) -> dict[str, Any]:
        command = self._last
        if command is None:
            return {"time_s": None, "gesture": "", "reason": "waiting for the first decision"}
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        return {
            "time_s": command.time_s,
            "gesture": gesture.label if gesture else "",
            "confidence": gesture.confidence if gesture else None,
            "intensity": gesture.intensity if gesture else None,
            "reason": command.reason,
            "cause": command.cause,
        }


def _handler(
    ask: Callable[[Request], None], state: Callable[[], dict[str, Any]], host: str
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _ASKING_TIMEOUT_S

        def do_GET(self) -> None:
            if not self._from_here():
                return
            if self.path == "/":
                self._answer(HTTPStatus.OK, "text/html", PAGE)
            elif self.path == "/state":
                self._answer(HTTPStatus.OK, "application/json", json.dumps(state()))
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "GET / or /state; POST " + " ".join(ASKS) + "\n")

        def do_POST(self) -> None:
            if not self._from_here():
                return
            asked = _request(self.path)
            if asked is not None:
                ask(asked)
                self._answer(HTTPStatus.OK, "text/plain", "asked\n")
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", f"POST {' '.join(ASKS)} /select?grasp=A&grasp=B\n")

        def _from_here(self) -> bool:
            """Refuse pages of other sites, and names that were made to point here (DNS rebinding)."""
            named, origin = self.headers.get("Host", ""), self.headers.get("Origin")
            if _is_number(named, host) and (origin is None or urlsplit(origin).netloc == named):
                return True
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", "not from another site\n")
            return False

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the terminal of the run."""

    return Handler


def _request(path: str) -> Request | None:
    """What a POST to this path asks for, None if it is not known."""
    parts = urlsplit(path)
    if parts.path == "/select":
        return Select(tuple(parse_qs(parts.query).get("grasp", ())))
    return ASKS.get(path)


def _is_number(named: str, host: str) -> bool:
    """Whether a Host header is an address in numbers, this computer, or the name that was listened on."""
    name = urlsplit(f"//{named}").hostname or ""
    if name in ("localhost", host.lower()):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
