"""Checks that an input provides what the decoder and the mapping need."""

from __future__ import annotations

from emgctl.errors import EmgctlError, ModelError
from emgctl.plugin import Decoder, HasModel, WindowSpec
from emgctl.types import Signal

RATE_TOLERANCE = 0.01  # a nominal 200 Hz device may deliver 199


def check_signal(signal: Signal, spec: WindowSpec, decoder: Decoder) -> None:
    """Raise ModelError if an input's signal differs from the one the model was trained on."""
    want = spec.signal
    same_rate = abs(signal.rate_hz - want.rate_hz) <= RATE_TOLERANCE * want.rate_hz
    same_grid = want.grid is None or signal.grid == want.grid
    if signal.channels != want.channels or not same_rate or signal.unit != want.unit or not same_grid:
        name = decoder.model_path if isinstance(decoder, HasModel) else decoder.kind
        raise ModelError(name, f"the model expects {want}, but the input provides {signal}")


def check_motion(signal: Signal, is_used: bool) -> None:
    """Raise EmgctlError if the arm's orientation ``is_used`` by the mapping, and the input does not provide it."""
    if is_used and not signal.motion_hz:
        raise EmgctlError(
            "the mapping uses the arm's orientation, but the input does not provide it: remove the actions "
            "orientation, gyro and recenter and the keys pitch_deg from the mapping, or use an input with an IMU"
        )
