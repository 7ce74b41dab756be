"""The options of the input ``otb``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from emgctl.dsp.grid import Montage, Places, concatenate, grid_layout, montage_matrix
from emgctl.plugin import Options
from emgctl_otb import layout
from emgctl_otb.layout import Layout

Device = Literal[
    "quattrocento", "light", "sessantaquattro", "sessantaquattro+", "muovi", "muovi+", "syncstation"
]  # fmt: skip
MAKERS = {
    "quattrocento": layout.quattrocento,
    "light": layout.light,
    "sessantaquattro": layout.sessantaquattro,
    "sessantaquattro+": layout.sessantaquattro,
    "muovi": layout.muovi,
    "muovi+": layout.muovi,
    "syncstation": layout.syncstation,
}
ADDRESSES = {
    "quattrocento": ("169.254.1.10", 23456),
    "light": ("127.0.0.1", 31000),
    "sessantaquattro": ("127.0.0.1", 45454),
    "sessantaquattro+": ("127.0.0.1", 45454),
    "muovi": ("127.0.0.1", 54321),
    "muovi+": ("127.0.0.1", 54321),
    "syncstation": ("192.168.76.1", 54320),
}
CONNECTS_TO_US = frozenset({"sessantaquattro", "sessantaquattro+", "muovi", "muovi+"})
_RATES: dict[str, tuple[float, ...]] = {
    "quattrocento": tuple(layout.QUATTROCENTO_RATES),
    "light": tuple(layout.QUATTROCENTO_RATES),
    "sessantaquattro": tuple(layout.SESSANTAQUATTRO_RATES),
    "sessantaquattro+": tuple(layout.SESSANTAQUATTRO_RATES),
}
_CHANNELS: dict[str, tuple[int, ...]] = {
    "quattrocento": tuple(layout.QUATTROCENTO_TOTALS),
    "light": (),  # as configured in OT BioLab
    "sessantaquattro": tuple(layout.SESSANTAQUATTRO_CHANNELS),
    "sessantaquattro+": tuple(layout.SESSANTAQUATTRO_CHANNELS),
}


class Probe(Options):
    """A probe on a SyncStation: ``slot`` 0-3 for a Muovi, 4-5 a Muovi+, 6-13 a Due+, 14-15 a Quattro+."""

    device: Literal["muovi", "muovi+", "due+", "quattro+"] = "muovi"
    slot: Annotated[int, Field(ge=0, le=15)] = 0


class OtbOptions(Options):
    """Which amplifier to use, its address and settings, and the electrode layout.

    ``host`` and ``port`` default to the device's factory settings. For a device that connects to this computer, emgctl
    listens on ``host``, by default for this computer only. ``channels`` is the total number streamed (quattrocento:
    120, 216, 312, 408; light: as configured there) or the number of EMG channels (sessantaquattro: 8, 16, 32, 64).
    ``inputs`` selects the inputs used, by default all MULTs. ``grids`` gives the electrode layout, one grid per 64
    channels or so: a name (8x8, 8x4, 13x5, 16x4, 8x24, 8x8-rows, 16x4-rows) or rows of channel numbers from 1 (0: no
    electrode); with ``beside``, several form one grid. ``montage`` takes differences on it. ``counter`` is the channel
    that counts samples, 0 if there is none. If no samples arrive for ``stall_s`` seconds, the connection counts as lost
    even if it appears to be up.

    Where the sources disagree: ``extra_channels`` of a Sessantaquattro after its EMG (8 on a "+", else 4).
    """

    device: Device = "quattrocento"
    host: Annotated[str, Field(min_length=1)] | None = None
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    wait_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    stall_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    rate_hz: float | None = None
    channels: int | None = None
    inputs: tuple[Annotated[str, Field(pattern=r"^(IN[1-8]|MULT[1-4])$")], ...] = ()
    decimate: bool = True
    high_pass_hz: float = 10.0
    low_pass_hz: float = 500.0
    mode: Literal["monopolar", "differential", "bipolar"] = "monopolar"
    bits: Literal[16, 24] = 16
    gain: Literal[8, 6, 4] = 8
    extra_channels: Annotated[int, Field(ge=0, le=64)] | None = None
    eeg: bool = False
    probe_mode: Annotated[int, Field(ge=0, le=3)] = 0
    probes: tuple[Probe, ...] = (Probe(),)
    counter: Annotated[int, Field(ge=0, le=1024)] | None = None
    grids: tuple[str | tuple[tuple[int, ...], ...], ...] = ()
    beside: Literal["across", "down"] = "across"
    montage: Montage = "monopolar"

    @model_validator(mode="before")
    @classmethod
    def _usual_rate(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("rate_hz") is None:
            device = values.get("device", "quattrocento")
            usual = 2048 if device in ("quattrocento", "light") else 500 if values.get("eeg") else 2000
            return {**values, "rate_hz": usual}
        return values

    @model_validator(mode="after")
    def _what_the_device_can_do(self) -> OtbOptions:
        _one_of("rate_hz", self.rate_hz, _RATES.get(self.device, (500.0 if self.eeg else 2000.0,)))
        if self.channels is not None and (known := _CHANNELS.get(self.device, (0,))):
            _one_of("channels", self.channels, known)
        if self.device == "quattrocento":
            _one_of("high_pass_hz", self.high_pass_hz, tuple(layout.HIGH_PASS))
            _one_of("low_pass_hz", self.low_pass_hz, tuple(layout.LOW_PASS))
        made = self.layout()
        if self.grids:
            montage_matrix(self.places(), self.montage, len(made.emg))
        elif self.montage != "monopolar":
            raise ValueError("'montage' requires 'grids', the electrode layout")
        return self

    def layout(self) -> Layout:
        """The layout of the stream."""
        made = MAKERS[self.device](self)
        if self.counter is not None:
            made = replace(made, counter=self.counter - 1 if self.counter else None)
        return made

    def places(self) -> Places:
        """The electrode positions."""
        return concatenate([grid_layout(one) for one in self.grids], self.beside)


def _one_of(name: str, value: float | None, known: tuple[float, ...]) -> None:
    if value not in known:
        raise ValueError(
            f"{name} cannot be {value:g} for this device; use one of: {', '.join(f'{one:g}' for one in known)}"
        )
