"""Two electrodes on opposite muscles, as a simple board delivers them."""

import numpy as np

from emgctl.inference.muscles.fit import fit_muscles
from emgctl.types import Signal

SIGNAL = Signal(2, 500.0)
NOISE, STRONG, CROSSTALK = 3.0, 60.0, 0.2


def effort(seconds, close=0.0, open_=0.0, seed=0, envelope=False):
    """Counts around 512 while the muscles work with these shares of a strong effort; or their envelopes."""
    random = np.random.default_rng(seed)
    shares = np.array([close + CROSSTALK * open_, open_ + CROSSTALK * close])
    noise = random.normal(0, 1, (round(seconds * SIGNAL.rate_hz), 2))
    if envelope:
        return np.abs(20 + 5 * STRONG * shares + 3 * noise).astype(np.float32)
    return np.rint(512 + noise * np.sqrt(NOISE**2 + (STRONG * shares) ** 2)).astype(np.float32)


def two_muscles(envelope=False):
    """A calibration of them."""
    return fit_muscles(
        SIGNAL,
        [effort(3, envelope=envelope)],
        {"close": [effort(2, close=1, envelope=envelope)], "open": [effort(2, open_=1, envelope=envelope)]},
    )
