"""Who may use the studio: whoever opened the printed link, from this machine's own names and the studio's own pages."""

from __future__ import annotations

import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emgctl.support.own_names import OwnNames

COOKIE = "emgctl-studio"
_MOST_TOKENS = 16
_HEADERS = {
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class Tickets:
    """One-time tokens for links, and the secrets of browsers that used one."""

    def __init__(self) -> None:
        self._tokens: list[str] = []
        self._browsers: list[str] = []

    def new_token(self) -> str:
        """A token for one more link; of many unused ones the oldest no longer counts."""
        self._tokens = [*self._tokens, secrets.token_urlsafe(32)][-_MOST_TOKENS:]
        return self._tokens[-1]

    def redeem(self, token: str) -> str:
        """A cookie's value for a token that was not used yet, "" for any other."""
        if not _is_one_of(token, self._tokens):
            return ""
        self._tokens.remove(token)
        self._browsers = [*self._browsers, secrets.token_urlsafe(32)][-_MOST_TOKENS:]
        return self._browsers[-1]

    def admits(self, cookie: str) -> bool:
        """Whether a cookie's value was given to a browser."""
        return _is_one_of(cookie, self._browsers)


class Access:
    """ASGI middleware that refuses what is not allowed, in a sentence, and sets the security headers.

    Host names must be this machine's (DNS rebinding), requests that change something and web sockets must come from the
    studio's own pages, and everything needs the cookie that a link with a one-time token sets.
    """

    def __init__(self, app: ASGIApp, tickets: Tickets, names: OwnNames) -> None:
        self._app, self._tickets, self._names = app, tickets, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        status, refusal = self._refusal(scope)
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
                message["headers"] = [*own, *(one for one in _HEADERS.items() if one[0] not in names)]
            await send(message)

        app: ASGIApp = self._app
        if refusal and status == 401:
            app = self._with_token(scope) or PlainTextResponse(f"{refusal}\n", status)
        elif refusal:
            app = PlainTextResponse(f"{refusal}\n", status)
        await app(scope, receive, secured)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._names.include(host):
            return 403, f"'{host[:80]}' is no name of this computer; open the studio by the link that it printed"
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if (origin is None and acts) or (origin is not None and _netloc(origin) != host.lower()):
            return 403, "requests from other sites' pages are refused"
        if not self._tickets.admits(_cookie(headers.get("cookie", ""), _cookie_name(host))):
            return 401, "open the studio by the link that it printed; each link opens it in one browser"
        return 200, ""

    def _with_token(self, scope: Scope) -> ASGIApp | None:
        """What sets the cookie, for a link with a token that was not used yet."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        if not (secret := self._tickets.redeem(tokens[0])):
            return None
        response = RedirectResponse("/", 303)
        name = _cookie_name(Headers(scope=scope).get("host", ""))
        response.set_cookie(name, secret, httponly=True, samesite="strict", path="/")
        return response


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _cookie_name(host: str) -> str:
    """The cookie of the studio at a port: a browser sends those of all studios of this computer to each of them."""
    port = host.rpartition(":")[2]
    return f"{COOKIE}-{port}" if re.fullmatch("[0-9]{1,5}", port) else COOKIE


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _is_one_of(given: str, known: list[str]) -> bool:
    """Whether a secret is known, in a time that tells nothing about it."""
    found = False
    for one in known:
        found |= hmac.compare_digest(given.encode(), one.encode())
    return found
