"""A real studio in a process of its own, and a browser's requests to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from patience import patient
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin


@dataclass(frozen=True)
class Answer:
    """A response: its status, headers in lower case, and text."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class StudioServer:
    """A studio that runs; ``cookie`` is that of the browser that used its link."""

    folder: Path
    link: str
    process: subprocess.Popen[Any]
    cookie: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.link).netloc

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request with exactly these headers (``_`` stands for ``-``)."""
        connection = http.client.HTTPConnection(self.host, timeout=patient(10))
        text = body if isinstance(body, str | bytes | None) else json.dumps(body)
        connection.request(method, path, text, {name.replace("_", "-"): one for name, one in headers.items()})
        response = connection.getresponse()
        content = response.read().decode()
        connection.close()
        return Answer(response.status, {name.lower(): one for name, one in response.getheaders()}, content)

    def open(self) -> str:
        """Use the link as a browser does; the cookie."""
        answer = self.request("GET", f"/?{urlsplit(self.link).query}")
        assert (answer.status, answer.headers["location"]) == (303, "/"), answer
        self.cookie = answer.headers["set-cookie"].split(";")[0]
        return self.cookie

    def renew(self) -> None:
        """A new link, for one more browser; and a new cookie, since a studio forgets the oldest of many browsers."""
        for opens in (self.open, lambda: ""):
            self.link = f"http://{self.host}{self.post('/api/link').json['path']}"
            opens()

    def get(self, path: str) -> Answer:
        return self.request("GET", path, Cookie=self.cookie)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.request("POST", path, body or {}, Cookie=self.cookie, Origin=f"http://{self.host}")

    def live(self, origin: str | None = None, cookie: str | None = None, **more: Any) -> ClientConnection:
        """The live connection, with ``more`` of what ``connect`` takes."""
        found: ClientConnection = connect(
            f"ws://{self.host}/api/live",
            additional_headers={"Cookie": self.cookie if cookie is None else cookie},
            origin=Origin(origin or f"http://{self.host}"),
            open_timeout=patient(10),
            # closing it would wait for a long time while messages are left that nobody takes
            **{"max_queue": None} | more,
        )
        return found


@contextlib.contextmanager
def studio(folder: Path, *words: str, stderr: IO[str] | None = None, **variables: str) -> Iterator[StudioServer]:
    """A studio of a folder on a port of its own, with these environment variables; ended by SIGTERM.

    It finds no LSL streams: those of other tests would be devices.
    """
    settings = folder.parent / "lsl_api.cfg"
    settings.write_text(f"[lab]\nSessionID = {folder.parent}\n[log]\nlevel = -3\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "studio", str(folder), "--no-open", "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=os.environ | {"LSLAPICFG": str(settings)} | variables,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("the studio is at http://"), line
        yield StudioServer(folder, line.split()[-1], process)
    finally:
        process.terminate()
        process.wait(patient(15))
        if process.stdout is not None:
            process.stdout.close()


def messages(live: ClientConnection, seconds: float = 20.0) -> Iterator[dict[str, Any]]:
    """The messages in JSON as they come, for so many seconds."""
    return (json.loads(found) for found in _received(live, seconds) if isinstance(found, str))


def pictures(live: ClientConnection, seconds: float = 20.0) -> Iterator[bytes]:
    """The messages in bytes as they come, for so many seconds."""
    return (found for found in _received(live, seconds) if isinstance(found, bytes))


def _received(live: ClientConnection, seconds: float) -> Iterator[str | bytes]:
    until_s = time.monotonic() + patient(seconds)
    while (left_s := until_s - time.monotonic()) > 0:
        yield live.recv(timeout=left_s)
    raise TimeoutError(f"what was waited for did not come in {patient(seconds):.0f} s")
