"""``emgctl simulate quattrocento|sessantaquattro|muovi``: the amplifier's side of the protocol, at full rate."""

from __future__ import annotations

import select
import socket
import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Simulator
from emgctl.plugin.simulator import report_event
from emgctl.recording.datasets import read_dataset
from emgctl.runtime.pacing import PACKET_S
from emgctl.support.checksums import crc8_maxim
from emgctl.support.typed_lines import TypedLines
from emgctl.types import Samples
from emgctl_otb import layout
from emgctl_otb.layout import Layout
from emgctl_otb.options import Device, OtbOptions

_NOISE_UV = 50.0
_POLL_S = 0.1
_ORDERS = "lose BYTES, drop SAMPLES, stall SECONDS, garbage BYTES, disconnect"


class AmplifierOptions(Options):
    """What to play: a ``recording`` (in a loop) or a ``pattern``.

    ``noise`` is 50 uV of noise; with ``count``, each channel encodes the sample number and its own.
    """

    recording: Path | None = None
    pattern: Literal["noise", "count"] = "noise"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    seed: int = 0


class Amplifier(Simulator):
    """Common base of the simulated amplifiers; commands are read from stdin."""

    argument = "recording"
    Options = AmplifierOptions
    options: AmplifierOptions
    _port: ClassVar[int]

    def run(self, should_stop: Callable[[], str]) -> None:
        """Play until ``should_stop``, one connection after another; events are printed as JSON."""
        self._should_stop = should_stop
        self._typed, self._stalled_s, self._lose, self._number = TypedLines(), 0.0, 0, 0
        self._samples = None if self.options.recording is None else _played(self.options.recording)
        for link in self._links():
            with link:
                try:
                    self._serve(link)
                except OSError as error:
                    report_event(event="disconnected", why=str(error))

    @abstractmethod
    def _links(self) -> Iterator[socket.socket]:
        """Yield connections until it should stop."""

    @abstractmethod
    def _command(self, data: bytes) -> tuple[int, Layout | None]:
        """Length of the command in ``data``, 0 if it is incomplete; and what to stream from now on."""

    def _serve(self, link: socket.socket) -> None:
        report_event(event="connected")
        received, streaming, started_s, sent = b"", None, 0.0, 0
        while not self._should_stop():
            now_s = time.perf_counter()
            due_s = max(started_s + sent * PACKET_S, self._stalled_s) if streaming else now_s + _POLL_S
            ready, _, _ = select.select([link], [], [], min(max(due_s - now_s, 0.0), _POLL_S))
            if not self._obey((self._typed.next() or "").split(), link):
                return
            if ready:
                data = link.recv(4096)
                if not data:
                    raise ConnectionError("the other side closed the connection")
                received += data
                used, requested = self._command(received)
                if used:
                    received = received[used:]
                    streaming, started_s, sent = requested, time.perf_counter(), 0
                    self._number = 0
                    report_event(
                        event="streaming" if requested else "stopped", **(_facts(requested) if requested else {})
                    )
            if streaming and time.perf_counter() >= due_s:
                count = round(streaming.rate_hz * (sent + 1) * PACKET_S) - round(streaming.rate_hz * sent * PACKET_S)
                link.sendall(self._bytes(streaming, count))
                sent += 1

    def _obey(self, words: list[str], link: socket.socket) -> bool:
        """Execute a typed command; False to disconnect."""
        try:
            known = self._do(words, link)
        except ValueError:
            known = False
        if known:
            report_event(event="order", words=words)
        elif words:
            print(f"commands: {_ORDERS}", file=sys.stderr)  # noqa: T201
        return words != ["disconnect"]

    def _do(self, words: list[str], link: socket.socket) -> bool:
        match words:
            case ["lose", number]:
                self._lose = int(number)
            case ["drop", number]:
                self._number += int(number)
            case ["stall", seconds]:
                self._stalled_s = time.perf_counter() + float(seconds)
            case ["garbage", number]:
                link.sendall(np.random.default_rng(self.options.seed).bytes(int(number)))
            case ["disconnect"]:
                pass
            case _:
                return False
        return True

    def _bytes(self, stream: Layout, count: int) -> bytes:
        """The next samples in the device's format, including the counter."""
        numbers = np.arange(self._number, self._number + count)
        self._number += count
        whole = np.zeros((count, stream.total), np.int64)
        emg = list(stream.emg)
        if self._samples is not None:
            rows = self._samples[numbers % len(self._samples)]
            whole[:, emg] = np.rint(rows[:, np.arange(len(emg)) % rows.shape[1]] / stream.uv)
        elif self.options.pattern == "count":
            whole[:, emg] = (numbers[:, None] + np.arange(len(emg))) % 30_000
        else:
            rng = np.random.default_rng([self.options.seed, self._number])
            whole[:, emg] = np.rint(rng.normal(0, _NOISE_UV / stream.uv, (count, len(emg))))
        top = 1 << (8 * stream.octets - 1)
        whole = np.clip(whole, -top, top - 1)
        if stream.counter is not None:
            whole[:, stream.counter] = numbers % 65536
        data = _octets(whole, stream)
        lost, self._lose = self._lose, 0
        return data[lost:]


def _octets(whole: np.ndarray[Any, Any], stream: Layout) -> bytes:
    octets = whole.astype("<i4").view(np.uint8).reshape(*whole.shape, 4)[..., : stream.octets]
    return (octets[..., ::-1] if stream.big_endian else octets).tobytes()


class Listening(Amplifier):
    """An amplifier that listens."""

    def _links(self) -> Iterator[socket.socket]:
        port = self._port if self.options.port is None else self.options.port
        try:
            server = socket.create_server((self.options.host, port))
        except OSError as error:
            why = f"port {port}: {error.strerror}"
            raise DeviceError(f"simulate {self.kind}", why, "choose another: port=N") from error
        with server:
            server.settimeout(_POLL_S)
            report_event(event="listening", host=self.options.host, port=server.getsockname()[1])
            while not self._should_stop():
                try:
                    link, _ = server.accept()
                except TimeoutError:
                    continue
                link.settimeout(5)
                yield link


class Connecting(Amplifier):
    """An amplifier that connects to the computer repeatedly."""

    def _links(self) -> Iterator[socket.socket]:
        place = (self.options.host, self._port if self.options.port is None else self.options.port)
        report_event(event="connecting", host=place[0], port=place[1])
        while not self._should_stop():
            try:
                link = socket.create_connection(place, 2)
            except OSError:
                time.sleep(_POLL_S)
                continue
            yield link
            time.sleep(_POLL_S)


class Quattrocento(Listening):
    """Quattrocento: configured by 40 bytes, then up to 408 channels at up to 10240 Hz."""

    kind = "quattrocento"
    _port = 23456

    def _command(self, data: bytes) -> tuple[int, Layout | None]:
        if len(data) < 40:
            return 0, None
        if crc8_maxim(data[:39]) != data[39]:
            report_event(event="bad crc")
            return 40, None
        first, detail = data[0], data[5]
        if not first & 1:
            return 40, None
        rates, totals = list(layout.QUATTROCENTO_RATES), list(layout.QUATTROCENTO_TOTALS)
        high, low = list(layout.HIGH_PASS), list(layout.LOW_PASS)
        total = totals[first >> 1 & 3]
        inputs = () if self._samples is None else layout.every_input(total)  # a pattern is played by those of grids
        requested = OtbOptions(
            rate_hz=rates[first >> 3 & 3], channels=total, high_pass_hz=high[detail >> 4 & 3],
            low_pass_hz=low[detail >> 2 & 3], inputs=inputs,
        )  # fmt: skip
        return 40, layout.quattrocento(requested)


class SessantaquattroOptions(AmplifierOptions):
    """Common options; ``plus`` is the Sessantaquattro+ with four more channels at the end."""

    plus: bool = True


class Sessantaquattro(Connecting):
    """Sessantaquattro or Sessantaquattro+: connects, receives two bytes, streams up to 64 channels."""

    kind = "sessantaquattro"
    _port = 45454
    Options = SessantaquattroOptions
    options: SessantaquattroOptions

    def _command(self, data: bytes) -> tuple[int, Layout | None]:
        if len(data) < 2:
            return 0, None
        word = int.from_bytes(data[:2], "big")
        if not word & 1:
            return 2, None
        rates, channels = list(layout.SESSANTAQUATTRO_RATES), list(layout.SESSANTAQUATTRO_CHANNELS)
        gains = {code: gain for gain, code in layout.SESSANTAQUATTRO_GAINS.items()}
        requested = OtbOptions(
            device="sessantaquattro+" if self.options.plus else "sessantaquattro",
            rate_hz=rates[word >> 13 & 3], channels=channels[word >> 11 & 3], bits=24 if word >> 7 & 1 else 16,
            gain=gains.get(word >> 4 & 3, 4), mode=("monopolar", "bipolar", "differential")[word >> 8 & 7],
        )  # fmt: skip
        return 2, layout.sessantaquattro(requested)


class MuoviOptions(AmplifierOptions):
    """Common options; ``plus`` is the Muovi+ with 64 electrodes."""

    plus: bool = False


class Muovi(Connecting):
    """Muovi or Muovi+ probe: connects, receives one byte, streams 32 or 64 channels."""

    kind = "muovi"
    _port = 54321
    Options = MuoviOptions
    options: MuoviOptions

    def _command(self, data: bytes) -> tuple[int, Layout | None]:
        if not data:
            return 0, None
        if not data[0] & 1:
            return 1, None
        device: Device = "muovi+" if self.options.plus else "muovi"
        return 1, layout.muovi(OtbOptions(device=device, eeg=not data[0] & 8, probe_mode=data[0] >> 1 & 3))


def _played(path: Path) -> Samples:
    recordings = read_dataset(str(path))
    samples: Samples = np.nan_to_num(np.concatenate([one.samples for one in recordings]))
    return samples


def _facts(stream: Layout) -> dict[str, Any]:
    return {"channels": stream.total, "rate_hz": stream.rate_hz, "octets": stream.octets}
