"""Input ``otb``: the grid amplifiers of OT Bioelettronica."""

from __future__ import annotations

import contextlib
import socket
import time

import numpy as np

from emgctl import grids
from emgctl.errors import DeviceError
from emgctl.plugin import Input
from emgctl.types import SampleBlock, Signal
from emgctl_otb.framing import Framing, NoStream
from emgctl_otb.link import accepted, connected, expect, received
from emgctl_otb.options import ADDRESSES, CONNECTS_TO_US, OtbOptions

FIRST_S = 3.0  # until the first sample: a Quattrocento takes a moment to start


class Otb(Input):
    """Quattrocento (direct or by OT BioLab Light), Sessantaquattro(+), Muovi(+), SyncStation, over TCP."""

    kind = "otb"
    argument = "device"
    Options = OtbOptions
    options: OtbOptions
    _link: socket.socket | None = None

    def open(self) -> Signal:
        """Connect, set the device up and start it.

        Raises:
            DeviceError: it can't be reached, nothing comes, or what comes is not its stream.
        """
        options = self.options
        self._layout = options.layout()
        self._framing = Framing(self._layout)
        self._index, self._first = 0, b""
        self.status |= {"samples_lost": 0, "realigned": 0}
        channels, size = len(self._layout.emg), None
        self._weights = None
        if options.grids:
            places = options.places()
            matrix = grids.weights(places, options.montage, channels)
            size = grids.size_after((places.shape[0], places.shape[1]), options.montage)
            self._weights = np.ascontiguousarray(self._layout.uv * matrix.T)
            channels = size[0] * size[1]
        self._emg = np.array(self._layout.emg)
        host, port = ADDRESSES[options.device]
        host, port = options.host or host, port if options.port is None else options.port
        self._where = f"{options.device} at {host}:{port}"
        if options.device in CONNECTS_TO_US:
            self._link = accepted(options.device, host, port, options.wait_s)
        else:
            self._link = connected(options.device, host, port)
        try:
            self._link.sendall(self._layout.start)
            if self._layout.greeting:
                self._first = expect(self._link, self._layout.greeting, FIRST_S)
            self._waiting = self._until_it_streams()
        except OSError as error:
            self.close()
            raise DeviceError(
                self._where, f"{error.strerror or error}", "is it this device, and is nobody else connected?"
            ) from error
        except BaseException:
            self.close()
            raise
        return Signal(channels, self._layout.rate_hz, "uV", size)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """What has come, in microvolts; a hole in the counter is one in ``start``.

        Raises:
            DeviceError: the connection is lost, or what comes is no stream of this device any more.
        """
        until_s = time.perf_counter() + timeout_s
        while True:
            if self._waiting:
                return self._waiting.pop(0)
            assert self._link is not None  # noqa: S101 - it is open
            left_s = until_s - time.perf_counter()
            try:
                data = received(self._link, left_s)
            except OSError as error:
                raise DeviceError(self._where, str(error)) from error
            if data:
                self._waiting = self._blocks(data)
            elif left_s <= 0:
                return None

    def close(self) -> None:
        """Tell the device to stop, and disconnect."""
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(OSError):
                link.sendall(self._layout.stop)
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_WR)
            link.close()

    def _until_it_streams(self) -> list[SampleBlock]:
        """The first samples: then it is this device, and set up as it was told."""
        assert self._link is not None  # noqa: S101 - it was just opened
        data, until_s, heard = self._first, time.monotonic() + FIRST_S, 0
        while not (blocks := self._blocks(data)):
            heard += len(data)
            if (left_s := until_s - time.monotonic()) <= 0:
                what = f"{heard} bytes came, but no samples" if heard else "nothing comes"
                raise DeviceError(self._where, what, "check that it is this device, and set up as the profile says")
            data = received(self._link, left_s)
        return blocks

    def _blocks(self, data: bytes) -> list[SampleBlock]:
        now_s, layout, blocks = time.perf_counter(), self._layout, []
        try:
            runs = self._framing.push(data)
        except NoStream as error:
            raise DeviceError(
                self._where,
                f"what comes is no stream of {layout.total} channels: none of them counts samples where channel "
                f"{(layout.counter or 0) + 1} should",
                "check 'device', 'channels' and 'extra_channels'; counter: 0 goes on without",
            ) from error
        for lost, whole in runs:
            self._index += lost
            self.status["samples_lost"] += lost
            raw = whole[:, self._emg].astype(np.float32)
            samples = raw * np.float32(layout.uv) if self._weights is None else raw @ self._weights
            blocks.append(SampleBlock(samples, self._index, now_s))
            self._index += len(whole)
        self.status["realigned"] = self._framing.realigned
        return blocks
