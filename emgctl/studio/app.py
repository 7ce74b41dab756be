"""The studio's addresses: pages and their files, requests, and the live view."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from emgctl import __version__
from emgctl.errors import EmgctlError, UsageError
from emgctl.registry import Registry
from emgctl.registry.devices import find_devices
from emgctl.registry.requirements import requirements
from emgctl.studio.access import Access, Tickets
from emgctl.studio.calibrations import Calibrations
from emgctl.studio.conductor import BusyError, Conductor
from emgctl.studio.folder import Folder, moved
from emgctl.studio.given import text
from emgctl.studio.mapping import MappingEditor
from emgctl.studio.recordings import Recordings
from emgctl.studio.reports import Reports
from emgctl.studio.tryouts import TryOuts
from emgctl.studio.viewer import Viewer
from emgctl.support.background import Background
from emgctl.support.own_names import OwnNames
from emgctl.support.web.server import LONGEST_BODY

STATIC = Path(__file__).with_name("static")
SEARCH_S = 4.0
_HALTS = ("pause", "resume", "toggle", "kill")


class Studio:
    """The handlers; each takes and returns JSON, and reports a problem in a sentence with status 400."""

    def __init__(
        self, folder: Folder, conductor: Conductor, tickets: Tickets, registry: Registry, background: Background
    ) -> None:
        self._folder, self._conductor, self._tickets, self._registry = folder, conductor, tickets, registry
        self._background = background

    async def home(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Profiles, recordings, and what runs."""
        profiles = await asyncio.to_thread(self._folder.profiles, self._registry)
        recordings = await asyncio.to_thread(self._folder.recordings)
        return {
            "version": __version__,
            "folder": str(self._folder.path),
            "profiles": profiles,
            "recordings": recordings,
            "inputs": sorted(self._registry.all("input")),
            "running": self._conductor.profile if self._conductor.running else "",
        }

    async def devices(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Devices that were found, which takes seconds."""
        found, problems = await self._background.result(lambda: find_devices(self._registry, SEARCH_S))
        return {"devices": [asdict(one) for one in found], "problems": problems}

    async def findings(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is missing on this computer, as ``emgctl doctor`` reports it."""
        found = await self._background.result(lambda: list(requirements(self._registry)))
        return {"findings": [{"role": one.role, "plugin": one.kind, **asdict(one.diagnostic)} for one in found]}

    async def run(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a profile; where it moves something, only with the confirmation that the first request returns."""
        name = text(given, "profile")
        path = self._folder.file(name)
        moves = await asyncio.to_thread(moved, path, self._registry)
        self._conductor.check_free()
        if moves and not self._conductor.confirms(name, given.get("confirm")):
            return {"moves": moves, "confirm": self._conductor.confirmation(name)}
        self._conductor.start(name, path)
        return {"running": name}

    async def stop(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """End the run."""
        await self._conductor.stop()
        return {}

    async def halt(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Pause, resume or kill what is driven."""
        how = text(given, "how")
        if how not in _HALTS:
            raise UsageError(f"'{how[:40]}' is none of {', '.join(_HALTS)}")
        try:
            return await self._conductor.halt(how)
        except TimeoutError as error:
            raise EmgctlError("the run does not answer; switch the device off") from error

    async def link(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """A link for one more browser."""
        return {"path": f"/?token={self._tickets.new_token()}"}

    async def live(self, socket: WebSocket) -> None:
        """The live view of one page."""
        await socket.accept()
        await Viewer(socket, self._conductor.live).show()


def make_app(folder: Path, conductor: Conductor, tickets: Tickets, names: OwnNames, background: Background) -> Access:
    """The studio of a folder, as an ASGI application."""
    registry = Registry()
    studio = Studio(Folder(folder), conductor, tickets, registry, background)
    mapping = MappingEditor(Folder(folder), registry)
    calibrations = Calibrations(Folder(folder), conductor, registry)
    tryouts = TryOuts(Folder(folder), conductor, registry)
    recordings = Recordings(Folder(folder), registry, background)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        yield
        recordings.end()
        await tryouts.close()
        await conductor.stop()

    routes = [
        Route("/", _page),
        Route("/api/home", _handler(studio.home, folder)),
        Route("/api/devices", _handler(studio.devices, folder)),
        Route("/api/findings", _handler(studio.findings, folder)),
        Route("/api/starting-points", _handler(mapping.starting_points, folder)),
        *(
            Route(f"/api/{name}", _handler(handle, folder), methods=["POST"])
            for name, handle in (
                ("run", studio.run),
                ("stop", studio.stop),
                ("halt", studio.halt),
                ("link", studio.link),
                ("mapping", mapping.show),
                ("mapping/propose", mapping.propose),
                ("mapping/save", mapping.save),
                ("mapping/begin", mapping.begin),
                *calibrations.handlers(),
                *tryouts.handlers(),
                *recordings.handlers(),
            )
        ),
        Route("/report", Reports(Folder(folder)).show),
        WebSocketRoute("/api/live", studio.live),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Access(Starlette(routes=routes, lifespan=lifespan), tickets, names)


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html")


def _handler(
    handle: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]], folder: Path
) -> Callable[[Request], Any]:
    """A handler of requests with JSON; problems name files by their places in the folder."""
    place = f"{folder.resolve()}/"

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await handle(await _body(request)))
        except EmgctlError as error:
            busy = {"running": error.profile} if isinstance(error, BusyError) else {}
            return JSONResponse({"problem": str(error).replace(place, "")} | busy, 400)

    return answer


async def _body(request: Request) -> Mapping[str, Any]:
    """A request's JSON object; nothing where there is no body.

    Raises:
        UsageError: it is too long, incomplete, or no JSON object of numbers and valid text.
    """
    content = b""
    try:
        async for part in request.stream():
            content += part
            if len(content) > LONGEST_BODY:
                raise UsageError(f"a request may have {LONGEST_BODY} bytes")
    except ClientDisconnect as error:
        raise UsageError("the request is incomplete") from error
    try:
        found = json.loads(content or b"{}", parse_constant=_refuse_constant)
        json.dumps(found, ensure_ascii=False).encode()  # half a character can be written in JSON, and nowhere else
    except (ValueError, RecursionError) as error:
        raise UsageError("the request is not JSON") from error
    if not isinstance(found, dict):
        raise UsageError("the request is not a JSON object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
