"""What every block of samples goes through on its way to a decoder."""

from __future__ import annotations

from dataclasses import dataclass

from emgctl.dsp.preprocessing import FilterChain
from emgctl.dsp.window import Window
from emgctl.plugin import WindowSpec
from emgctl.runtime.stream.stream_guard import StreamGuard


@dataclass(frozen=True, slots=True)
class SignalPath:
    """The ``guard`` checks a block, ``window`` filters it by ``chain`` (None: unfiltered) and cuts windows."""

    guard: StreamGuard
    chain: FilterChain | None
    window: Window


def signal_path(spec: WindowSpec, live: bool, bridge_s: float, stale_after_s: float) -> SignalPath:
    """The path of a decoder with this ``spec``; gaps of up to ``bridge_s`` are bridged."""
    signal, preprocessing = spec.signal, spec.preprocessing
    chain = None if preprocessing.nothing else FilterChain(preprocessing, signal)
    window = Window(spec.length, spec.hop, signal.channels, round(bridge_s * signal.rate_hz), chain)
    guard = StreamGuard(signal, bridge_s, live, stale_after_s, preprocessing.electrodes, spec.rests_at)
    return SignalPath(guard, chain, window)
