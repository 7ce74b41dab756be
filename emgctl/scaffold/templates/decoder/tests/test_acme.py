import numpy as np
import pytest
from emgctl.testing import check_decoder

from emgctl_acme import AcmeDecoder, AcmeOptions


def test_contract() -> None:
    check_decoder(AcmeDecoder, AcmeOptions())


@pytest.mark.parametrize(("rms_uv", "label"), [(5.0, "rest"), (80.0, "fist")])
def test_strong_activity_is_a_fist(rms_uv: float, label: str) -> None:
    decoder = AcmeDecoder(AcmeOptions(fist_uv=20.0))
    spec = decoder.open()
    shape = (spec.length, spec.signal.channels)
    window = (500 + np.random.default_rng(0).normal(0, rms_uv, shape)).astype(np.float32)  # an offset is no activity
    assert decoder.decode(window, 0.2).label == label
