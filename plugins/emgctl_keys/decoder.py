"""Decoder ``keys``: the key that is down is the gesture."""

from __future__ import annotations

from pydantic import field_validator

from emgctl.plugin import Decoder, Options, WindowSpec
from emgctl.types import Gesture, Samples, Signal
from emgctl_keys.keys import RATE_HZ, KeyNames

NONE = "none"


class KeysDecoderOptions(Options):
    """The ``keys`` of the input, in its order: of several that are down, the first one here counts."""

    keys: KeyNames

    @field_validator("keys")
    @classmethod
    def _are_different(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(keys)) < len(keys) or NONE in keys:
            raise ValueError(f"names a key twice, or '{NONE}', which is for no key at all")
        return keys


class KeysDecoder(Decoder):
    """The key that is down, by its name, and ``none`` while no key is."""

    kind = "keys"
    Options = KeysDecoderOptions
    options: KeysDecoderOptions

    def open(self) -> WindowSpec:
        """A decision for each sample."""
        names = self.options.keys
        still = (1.0,) * len(names)  # a key may be down or up for as long as it pleases
        return WindowSpec(Signal(len(names), RATE_HZ), 1, 1, (NONE, *names), NONE, rests_at=still)

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """The first key that is down."""
        down = next((name for name, value in zip(self.options.keys, window[-1], strict=True) if value > 0), NONE)
        return Gesture(down, 1.0, {down: 1.0}, 0.0 if down == NONE else 1.0, window_end_s)

    def reset(self) -> None:
        """Nothing is kept."""
