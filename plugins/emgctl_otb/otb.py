"""Input ``otb``: OT Bioelettronica's grid amplifiers."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp import grid as grids
from emgctl.errors import DeviceError
from emgctl.plugin import Input
from emgctl.support.firewall import firewall_remedy, is_loopback
from emgctl.types import SampleBlock, Signal
from emgctl_otb.framing import Framing, NoStream
from emgctl_otb.link import Link, expect
from emgctl_otb.options import ADDRESSES, CONNECTS_TO_US, OtbOptions

FIRST_S = 3.0  # until the first sample; a Quattrocento starts slowly


class Otb(Input):
    """Quattrocento (directly or through OT BioLab Light), Sessantaquattro(+), Muovi(+), SyncStation, over TCP."""

    kind = "otb"
    argument = "device"
    Options = OtbOptions
    options: OtbOptions
    _link: Link | None = None
    _closes = 0  # also while another thread is opening it
    _missing_since_s: float | None = None

    def open(self) -> Signal:
        """Connect, configure the device and start it.

        Raises:
            DeviceError: it is unreachable, sends nothing, or sends a different stream.
        """
        self.close()
        options = self.options
        self._layout = options.layout()
        self._framing = Framing(self._layout)
        self._index = 0
        self.status |= {"samples_lost": 0, "realigned": 0}
        self._emg = np.array(self._layout.emg)
        channels, size = len(self._emg), None
        self._weights = None
        if options.grids:
            places = options.places()
            matrix = grids.montage_matrix(places, options.montage, channels)
            size = grids.size_after((places.shape[0], places.shape[1]), options.montage)
            if _only_reorders(matrix):
                self._emg = self._emg[matrix.argmax(axis=1)]
            else:
                self._weights = np.ascontiguousarray(self._layout.uv * matrix.T)
            channels = size[0] * size[1]
        closes = self._closes
        self._link = link = self._connected()
        try:
            first = self._start(link)
            self._waiting = self._until_it_streams(link, first)
            if self._closes != closes:
                raise ConnectionError("closed while opening")
        except BaseException as error:
            self._link = None
            link.close(self._layout.stop)
            if isinstance(error, OSError):
                raise DeviceError(
                    self._where,
                    f"{error.strerror or error}",
                    "check that it is this device and that nothing else is connected to it",
                ) from error
            raise
        return Signal(channels, self._layout.rate_hz, "uV", size)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return received samples in microvolts; a gap in the counter is a gap in ``start``.

        Raises:
            DeviceError: the connection is lost, or carries no data or a different stream.
        """
        link, until_s = self._link, time.perf_counter() + timeout_s
        if link is None:
            raise DeviceError(self.kind, "is not open", "call open() first")
        while not self._waiting:
            left_s = until_s - time.perf_counter()
            try:
                data = self._received(link, left_s)
            except OSError as error:
                raise DeviceError(self._where, error.strerror or str(error)) from error
            self._waiting = self._blocks(data) if data else []
            if not self._waiting and time.perf_counter() - self._sampled_s >= self.options.stall_s:
                raise DeviceError(
                    self._where, f"sent no samples for {self.options.stall_s:g} s although the connection is up"
                )
            if left_s <= 0 and not self._waiting:
                return None
        return self._waiting.pop(0)

    def close(self) -> None:
        """Stop the device and disconnect."""
        self._closes += 1
        link, self._link = self._link, None
        if link is not None:
            link.close(self._layout.stop)

    def _connected(self) -> Link:
        """Create the link to the device, or one that it can connect to."""
        options = self.options
        host, port = ADDRESSES[options.device]
        host, port = options.host or host, port if options.port is None else options.port
        self._where = f"{options.device} at {host}:{port}"
        if options.device not in CONNECTS_TO_US:
            return Link.to(options.device, host, port)
        return Link.listening(options.device, host, port)

    def _start(self, link: Link) -> bytes:
        """Wait for a device that connects to this computer, and start it; return the bytes after its greeting.

        Raises:
            DeviceError: none connected.
            OSError: the connection was lost or belongs to another program.
        """
        options = self.options
        if options.device in CONNECTS_TO_US and not link.wait(options.wait_s):
            host = options.host or ADDRESSES[options.device][0]
            only_here = " (only local programs can connect; for a real device, set host: 0.0.0.0)"
            here = only_here if is_loopback(host) else ""
            raise DeviceError(
                self._where, f"no device connected within {options.wait_s:g} s{here}",
                "put both on the same network and check the address configured in the device" + firewall_remedy(host),
            )  # fmt: skip
        self._renewed = link.renewed
        link.send(self._layout.start)
        return expect(link, self._layout.greeting, FIRST_S) if self._layout.greeting else b""

    def _received(self, link: Link, timeout_s: float) -> bytes:
        """Return received bytes; restart a device that has reconnected."""
        data = link.received(timeout_s)
        if link.renewed != self._renewed:
            self._renewed = self.status["reconnected"] = link.renewed
            self._framing.restart()
            self._missing_since_s = self._sampled_s if self._index else None
            link.send(self._layout.start)
        return data

    def _until_it_streams(self, link: Link, first: bytes) -> list[SampleBlock]:
        """Return the first samples: they confirm the device and its configuration."""
        self._sampled_s, self._missing_since_s = time.perf_counter(), None
        data, until_s, octets = first, time.monotonic() + FIRST_S, 0
        while not (blocks := self._blocks(data)):
            octets += len(data)
            if (left_s := until_s - time.monotonic()) <= 0:
                what = f"received {octets} bytes but no samples" if octets else "no data received"
                raise DeviceError(self._where, what, "check that it is this device and configured as in the profile")
            data = self._received(link, left_s)
        return blocks

    def _blocks(self, data: bytes) -> list[SampleBlock]:
        now_s, layout, blocks = time.perf_counter(), self._layout, []
        try:
            runs = self._framing.push(data)
        except NoStream as error:
            raise DeviceError(
                self._where,
                f"the data are not a stream of {layout.total} channels: channel {(layout.counter or 0) + 1} does not "
                "count samples",
                "check 'device', 'channels' and 'extra_channels', or set counter: 0 to do without a counter",
            ) from error
        for lost, whole in runs:
            if self._missing_since_s is not None:  # after a reconnect, only the elapsed time shows what was lost
                lost = max(round((now_s - self._missing_since_s) * layout.rate_hz) - len(whole), 1)
                self._missing_since_s = None
            self._index += lost
            self.status["samples_lost"] += lost
            raw = whole[:, self._emg].astype(np.float32)
            samples = raw * np.float32(layout.uv) if self._weights is None else raw @ self._weights
            blocks.append(SampleBlock(samples, self._index, now_s))
            self._index += len(whole)
            self._sampled_s = now_s
        self.status["realigned"] = self._framing.realigned
        return blocks


def _only_reorders(matrix: NDArray[np.float32]) -> bool:
    """Whether each channel is one that the amplifier sends."""
    return bool(((matrix == 0).sum(axis=1) == matrix.shape[1] - 1).all() and (matrix.max(axis=1) == 1).all())
