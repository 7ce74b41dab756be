"""Who may use the studio: whoever opened the printed link, from this machine's own names and the studio's own pages."""

from __future__ import annotations

import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Scope

from emgctl.support.own_names import OwnNames
from emgctl.support.web.guard import Guard

COOKIE = "emgctl-studio"
_MOST_TOKENS = 16
_POLICY = "script-src 'self'; style-src 'self'; img-src 'self' data:"
_REMEDY = "open the studio by the link that it printed"


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


class Access(Guard):
    """The guard of the studio: everything needs the cookie that a link with a one-time token sets."""

    def __init__(self, app: ASGIApp, tickets: Tickets, names: OwnNames) -> None:
        super().__init__(app, names, _POLICY, _REMEDY, needs_origin=True)
        self._tickets = tickets

    def refusal(self, scope: Scope) -> tuple[int, str]:
        """As of any guard, and 401 without the cookie."""
        status, refusal = super().refusal(scope)
        headers = Headers(scope=scope)
        cookie = _cookie(headers.get("cookie", ""), _cookie_name(headers.get("host", "")))
        if not refusal and not self._tickets.admits(cookie):
            return 401, f"{_REMEDY}; each link opens it in one browser"
        return status, refusal

    def refused(self, scope: Scope, status: int, refusal: str) -> ASGIApp:
        """What sets the cookie, for a link with a token that was not used yet; else a sentence."""
        return (self._with_token(scope) if status == 401 else None) or super().refused(scope, status, refusal)

    def _with_token(self, scope: Scope) -> ASGIApp | None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        if not (secret := self._tickets.redeem(tokens[0])):
            return None
        response = RedirectResponse("/", 303)
        name = _cookie_name(Headers(scope=scope).get("host", ""))
        response.set_cookie(name, secret, httponly=True, samesite="strict", path="/")
        return response


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
