"""Refuses requests that other sites could have caused, and sets the headers that keep browsers safe."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emgctl.support.own_names import OwnNames

_HEADERS = {
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",  # a click on another site's page must not reach ours
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Guard:
    """ASGI middleware. Host names must be this machine's (DNS rebinding), and pages our own.

    ``policy`` is what pages may have besides connections to us (a content security policy), ``remedy`` what to do about
    a foreign host name. With ``needs_origin`` programs that are no browsers can only look.
    """

    def __init__(self, app: ASGIApp, names: OwnNames, policy: str, remedy: str, needs_origin: bool = False) -> None:
        self._app, self._names, self._remedy, self._needs_origin = app, names, remedy, needs_origin
        self._headers = _HEADERS | {b"content-security-policy": f"{_POLICY}; {policy}".encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in a sentence."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        status, refusal = self.refusal(scope)
        if scope["type"] == "websocket":
            if refusal:
                await send({"type": "websocket.close", "code": 4000 + status, "reason": refusal})
            else:
                await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                names = {name for name, _ in own}  # reports have a content security policy of their own
                message["headers"] = [*own, *(one for one in self._headers.items() if one[0] not in names)]
            await send(message)

        app = self.refused(scope, status, refusal) if refusal else self._app
        await app(scope, receive, secured)

    def refusal(self, scope: Scope) -> tuple[int, str]:
        """The status and the reason with which a request is refused; no reason if it is not."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._names.include(host):
            return 403, f"'{host[:80]}' is no name of this computer; {self._remedy}"
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if (origin is None and acts and self._needs_origin) or (origin is not None and _netloc(origin) != host.lower()):
            return 403, "requests from other sites' pages are refused"
        return 200, ""

    def refused(self, scope: Scope, status: int, refusal: str) -> ASGIApp:  # noqa: ARG002 - for subclasses
        """What answers a request that is refused."""
        return PlainTextResponse(f"{refusal}\n", status)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
