"""The starting profiles of devices that come through LSL, with streams shaped like theirs."""

import time
import uuid
from pathlib import Path

import numpy as np
import pytest
import simulated
import yaml
from patience import patient

from emgctl.errors import DeviceError
from emgctl.types import Samples, Signal
from emgctl_lsl.inlet import LslInput, LslOptions

pytest.importorskip("pylsl")
pytestmark = pytest.mark.process
PROFILES = Path(__file__).parents[2] / "profiles"
MUDRA = ("channels=3", "rate_hz=834", "together=18", "unit=microvolts", "labels=[ulnar, median, radial]")
DEVICES = {
    "mudra-link": (MUDRA, Signal(3, 834.0, "uV", names=("ulnar", "median", "radial"))),
    "sifi-band": (("rate_hz=1600",), Signal(8, 1600.0, "count")),
}


@pytest.mark.parametrize("profile", DEVICES)
def test_its_stream_is_found_read_lost_and_found_again(profile):
    words, signal = DEVICES[profile]
    section = yaml.safe_load((PROFILES / f"{profile}.yaml").read_text())["input"]
    assert section.pop("kind") == "lsl"
    source_id = uuid.uuid4().hex  # the serial number, so that no stream of another test is meant
    stall_s = patient(section["stall_s"])
    options = LslOptions(**{**section, "source_id": source_id, "stall_s": stall_s, "wait_s": 60})
    device = simulated.Simulated("lsl", f"name={section['stream']}", f"source_id={source_id}", "pattern=count", *words)
    one = LslInput(options)
    try:
        assert one.open() == signal
        assert steps(one) == {7.0, -993.0}
        device.order("restart 1")
        with pytest.raises(DeviceError, match="stream"):
            steps(one, 100 * signal.rate_hz)
        one.close()
        assert opened_again(one) == signal
        assert steps(one) == {7.0, -993.0}
        assert one.status["samples_lost"] == 0
    finally:
        one.close()
        device.close()


def opened_again(one):
    """As a run opens it: again where what was found is the stream of the program that has just ended."""
    until_s = time.monotonic() + patient(20)
    while True:
        try:
            return one.open()
        except DeviceError as error:
            if "has been lost" not in str(error) or time.monotonic() > until_s:
                raise
        one.close()


def steps(one, count=500):
    """How the first channel's numbers go on in so many samples."""
    values, until_s = list[Samples](), time.monotonic() + patient(20)
    while sum(map(len, values)) < count:
        assert time.monotonic() < until_s, one.status
        if (block := one.read(0.2)) is not None:
            values.append(block.samples[:, 0])
    return set(np.diff(np.concatenate(values)).tolist())
