"""What the server answers: the page, halts and requests, and the state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from emgctl.errors import quoted
from emgctl.support.background import Background
from emgctl.support.own_names import OwnNames
from emgctl.support.web.guard import Guard
from emgctl.types import Recentre, Request, Select, StopAnswer, StopRequest
from emgctl_http.halts import BusyError, Halts

HALTS: Mapping[str, StopRequest] = {
    "/kill": StopRequest("kill", "HTTP"),
    "/pause": StopRequest("pause", "HTTP"),
    "/resume": StopRequest("resume", "HTTP"),
    "/toggle": StopRequest("toggle", "HTTP"),
}
_USAGE = f"GET / or /state; POST {' '.join(HALTS)} /recenter /select?grasp=A&grasp=B\n"
_MOST_NAMES, _LONGEST_NAME = 32, 64
_POLICY = "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
_REMEDY = "if it is, name it in 'names' of the output http"
_BUSY = "too many requests are being carried out; try again\n"


@dataclass(frozen=True, slots=True)
class Site:
    """What the answers are made of: the page, halts and requests, the state, and the accepted host names."""

    page: str
    halt: Callable[[StopRequest], StopAnswer]
    request: Callable[[Request], None]
    state: Callable[[], dict[str, Any]]
    names: OwnNames


def make_app(site: Site, background: Background) -> ASGIApp:
    """The site as an ASGI application."""
    halts = Halts(site.halt, background)

    async def page(_: HttpRequest) -> Response:
        return HTMLResponse(site.page)

    async def state(_: HttpRequest) -> Response:
        return JSONResponse(site.state())

    async def recenter(_: HttpRequest) -> Response:
        site.request(Recentre())
        return PlainTextResponse("accepted\n")

    async def select(request: HttpRequest) -> Response:
        names = tuple(parse_qs(request.url.query).get("grasp", ()))
        if len(names) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in names):
            problem = f"at most {_MOST_NAMES} grasps, with names of at most {_LONGEST_NAME} characters\n"
            return PlainTextResponse(problem, HTTPStatus.BAD_REQUEST)
        site.request(Select(names))
        return PlainTextResponse("accepted\n")

    routes = [
        Route("/", page),
        Route("/state", state),
        *(Route(path, _halting(halts, halt), methods=["POST"]) for path, halt in HALTS.items()),
        Route("/recenter", recenter, methods=["POST"]),
        Route("/select", select, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})
    app.router.redirect_slashes = False
    return Guard(app, site.names, _POLICY, _REMEDY)


def _halting(halts: Halts, halt: StopRequest) -> Callable[[HttpRequest], Awaitable[Response]]:
    """A handler that responds when the halt is done; it waits for no body."""

    async def answer(request: HttpRequest) -> Response:
        connection = request.state.connection
        connection.urgent = halt.how == "kill"
        try:
            return _answered(request, halt, await halts.carry_out(halt))
        except BusyError:
            return PlainTextResponse(_BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
        except Exception as error:  # the client must learn that the stop failed
            return PlainTextResponse(f"{halt.how} failed: {quoted(error)}\n", HTTPStatus.INTERNAL_SERVER_ERROR)
        finally:
            connection.urgent = False

    return answer


def _answered(request: HttpRequest, halt: StopRequest, answer: StopAnswer) -> Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if answer.missing else HTTPStatus.OK
    if answer.state == "killed" and halt.how in ("resume", "toggle"):
        status = HTTPStatus.CONFLICT  # a kill lasts until the run ends
    if "application/json" in request.headers.get("Accept", ""):
        fields = {"state": answer.state, "took_ms": round(1000 * answer.took_s, 3), "missing": list(answer.missing)}
        return JSONResponse(fields | {"text": str(answer)}, status)
    return PlainTextResponse(f"{answer}\n", status)


async def _unknown(request: HttpRequest, _: Exception) -> Response:
    known = request.method in ("GET", "POST")
    return PlainTextResponse(_USAGE, HTTPStatus.NOT_FOUND if known else HTTPStatus.NOT_IMPLEMENTED)
