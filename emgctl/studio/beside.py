"""The studio beside a run that was started in a terminal: ``python -m emgctl.studio.beside FOLDER NAME``.

Its stdin brings the run's frames, its stdout takes requests to the run; it ends when the run does.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from emgctl.studio.conductor import Conductor
from emgctl.studio.feed_link import FeedLink
from emgctl.studio.frames import Frame
from emgctl.studio.run_process import RunLink
from emgctl.studio.serve import listen_for_studio, make_server
from emgctl.support.own_program import own_command
from emgctl.support.pipes import own_stdin, piped, taken_stdout

HOST = "127.0.0.1"


def link_beside(profile: Path) -> FeedLink:
    """Start the studio in a process of its own, and return the pipes from a run of the profile to it."""
    process = subprocess.Popen(  # noqa: S603 - this Python and emgctl itself
        own_command("emgctl.studio.beside", str(profile.resolve().parent), profile.name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    return FeedLink(piped(process.stdout), piped(process.stdin))


def main(folder: Path, name: str) -> None:
    """Serve the studio until the run's frames end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C ends the run, and that ends this
    sink = taken_stdout()
    conductor, listener = Conductor(), listen_for_studio(HOST)
    server = make_server(folder, listener, HOST, False, _show, conductor)

    async def serve() -> None:
        loop = asyncio.get_running_loop()

        def take(frame: Frame) -> None:
            loop.call_soon_threadsafe(conductor.take, frame)

        def ended() -> None:
            server.should_exit = True

        conductor.follow(RunLink(own_stdin(), sink, take, ended), name)
        await server.serve([listener])

    asyncio.run(serve())


def _show(link: str) -> None:
    sys.stderr.write(f"emgctl: the dashboard is at {link}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
