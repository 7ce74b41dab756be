"""The simulator ``acme``: lines of numbers over TCP, where what your device sends would be."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
from emgctl.errors import DeviceError
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Options, Simulator
from emgctl.plugin.simulator import report_event
from pydantic import Field

HOST = "127.0.0.1"
BLOCK_S, WAIT_S = 0.05, 0.1


class AcmeOptions(Options):
    """``channels`` at ``rate_hz``, noise of ``rms_uv`` microvolts, for one program at a time at ``port`` (0: any)."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    channels: Annotated[int, Field(ge=1, le=64)] = 8
    rate_hz: Annotated[float, Field(ge=20, le=10_000)] = 200.0
    rms_uv: Annotated[float, Field(ge=0)] = 10.0


class AcmeSimulator(Simulator):
    """A device that sends one line of numbers for each sample over TCP."""

    kind = "acme"
    Options = AcmeOptions
    options: AcmeOptions
    argument = "port"

    def run(self, should_stop: Callable[[], str]) -> None:
        """Serve one program after the other until ``should_stop`` gives a reason."""
        try:
            server = socket.create_server((HOST, self.options.port))
        except OSError as error:
            remedy = "choose another port, or 0 for any"
            raise DeviceError(f"port {self.options.port}", f"can't be opened: {error.strerror}", remedy) from error
        with server:
            server.settimeout(WAIT_S)
            report_event(event="listening", host=HOST, port=server.getsockname()[1])
            while not should_stop():
                try:
                    client, _ = server.accept()
                except TimeoutError:
                    continue
                report_event(event="connected")
                with client:
                    self._serve(client, should_stop)
                report_event(event="disconnected")

    def _serve(self, client: socket.socket, should_stop: Callable[[], str]) -> None:
        """Send samples at the device's rate until the program leaves."""
        client.settimeout(WAIT_S)
        random, sent, begun_s = np.random.default_rng(), 0, time.perf_counter()
        count = max(round(BLOCK_S * self.options.rate_hz), 1)
        while not should_stop():
            samples = random.normal(0, self.options.rms_uv, (count, self.options.channels))
            lines = "".join(",".join(f"{value:.1f}" for value in row) + "\n" for row in samples)
            try:
                client.sendall(lines.encode())
            except OSError:  # it has left, or does not read
                return
            sent += count
            time.sleep(max(begun_s + sent / self.options.rate_hz - time.perf_counter(), 0.0))


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the simulator."""
    return [AcmeSimulator]
