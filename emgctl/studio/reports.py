"""Reports of the folder: pages that may be a stranger's, shown without scripts and without the studio's rights."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from emgctl.errors import FileError
from emgctl.studio.folder import REPORTS, Folder

POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Reports:
    """Serves them; a sandbox gives each an origin of its own, so that nothing in it can ask the studio for anything."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def show(self, request: Request) -> Response:
        """The report ``name``."""
        try:
            path = self._folder.file(request.query_params.get("name", ""))
        except FileError as error:
            return PlainTextResponse(f"{error}\n", 404)
        if path.suffix.lower() not in REPORTS:
            return PlainTextResponse(f"{path.name} is no report\n", 404)
        return FileResponse(path, media_type="text/html", headers={"content-security-policy": POLICY})
