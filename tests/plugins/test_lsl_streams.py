"""Which stream is taken, kept and found again, and what ends one: real outlets of this process."""

import time
import uuid
from pathlib import Path

import numpy as np
import pytest
from patience import patient

pylsl = pytest.importorskip("pylsl")

from simulated import taken  # noqa: E402

from emgctl.errors import DeviceError  # noqa: E402
from emgctl.profile.load import load_profile  # noqa: E402
from emgctl.registry import Registry  # noqa: E402
from emgctl.runtime.build import build  # noqa: E402
from emgctl.runtime.input_runner import InputRunner  # noqa: E402
from emgctl.testing import run_context  # noqa: E402
from emgctl.types import Signal  # noqa: E402
from emgctl_lsl.inlet import LslInput, LslOptions  # noqa: E402
from emgctl_lsl.outlet import LslOutput, LslOutputOptions  # noqa: E402
from emgctl_lsl.streams import predicate  # noqa: E402

pytestmark = pytest.mark.process

PROFILES = Path(__file__).parents[2] / "profiles"


def some_name():
    return f"emg {uuid.uuid4().hex[:8]}"


def outlet(name, source_id="", rate_hz=200.0, channels=4, kind="float32", unit=""):
    info = pylsl.StreamInfo(name, "EMG", channels, rate_hz, kind, source_id)
    described = info.desc().append_child("channels")
    for number in range(channels):
        described.append_child("channel").append_child_value("label", f"e{number}").append_child_value("unit", unit)
    return pylsl.StreamOutlet(info, max_buffered=1)


def lost(source):
    until_s = time.monotonic() + patient(10)
    while not source.problem and time.monotonic() < until_s:
        source.read(0.05)
    return source.problem


@pytest.mark.parametrize("middle", ["both ' and \"] <&> \\ ünï", "new\nline"])
def test_any_name_can_be_asked_for(middle):
    name = f"{middle} {uuid.uuid4().hex[:8]}"
    there = outlet(name)
    one = LslInput(LslOptions(stream=name))
    assert one.open() == Signal(4, 200.0, names=("e0", "e1", "e2", "e3"))
    one.close()
    del there


def test_a_predicate_has_no_way_out_of_its_quotes():
    assert predicate({"name": "a' or name='b"}) == "name=\"a' or name='b\""
    assert predicate({"name": "a'\"b"}) == "name=concat('a', \"'\", '\"b')"


def test_of_several_the_one_that_fits_the_model_is_taken_and_kept(caplog):
    name = some_name()
    there = {"a": outlet(name, "a", 1000.0), "b": outlet(name, "b", 200.0, 8), "c": outlet(name, "c", 200.0, 4)}
    one = LslInput(LslOptions(stream=name))
    one.prefer(Signal(8, 200.0))
    source = InputRunner(one)
    assert source.open().channels == 8
    assert one.status["source_id"] == "b"
    (record,) = caplog.records
    assert "3 streams match the profile" in record.message
    assert all(f"source id '{each}'" in record.message for each in "abc")
    assert "the only match for the model" in record.message
    del there["b"]
    assert "the stream has been lost" in lost(source)
    source.close()
    with pytest.raises(DeviceError, match=r"source id 'b'.*has not returned; available: .*'a'.*'c'"):
        one.open()
    there["b"] = outlet(name, "b", 200.0, 8)
    assert one.open().channels == 8
    one.close()


@pytest.mark.parametrize("ids", [("", ""), ("made up", "made up anew")])
def test_a_stream_without_a_lasting_source_id_is_lost_and_found_again_by_name_and_host(ids):
    name = some_name()
    there = outlet(name, ids[0])
    source = InputRunner(LslInput(LslOptions(stream=name)))
    source.open()
    del there
    assert "the stream has been lost" in lost(source)
    there = outlet(name, ids[1])
    until_s = time.monotonic() + patient(15)
    while not source.reconnects and time.monotonic() < until_s:
        source.read(0.05)
        there.push_sample([0.0] * 4)
    assert source.reconnects == 1
    source.close()


def test_one_that_comes_back_changed_is_given_as_what_it_is():
    name = some_name()
    there = outlet(name, "id")
    one = LslInput(LslOptions(stream=name))
    assert one.open() == Signal(4, 200.0, names=("e0", "e1", "e2", "e3"))
    del there
    there = outlet(name, "id", rate_hz=1000.0, channels=2, unit="microvolts")
    assert one.open() == Signal(2, 1000.0, "uV", names=("e0", "e1"))
    one.close()
    del there


def test_a_run_takes_the_stream_that_its_model_fits():
    name = some_name()
    there = [outlet(name, "a", 1000.0, 8), outlet(name, "b", 200.0, 8), outlet(name, "c", 200.0, 16)]
    with build(load_profile(PROFILES / "demo.yaml", Registry(), f"lsl:{name}")) as pipeline:
        assert (pipeline.signal.channels, pipeline.signal.rate_hz) == (8, 200.0)
        assert pipeline.source.status["source_id"] == "b"
    del there


def test_a_stream_that_falls_silent_is_lost_until_it_sends():
    name = some_name()
    there = outlet(name, "id")
    one = LslInput(LslOptions(stream=name, stall_s=0.3, wait_s=0.5))
    one.open()
    there.push_chunk([[0.0] * 4] * 20)
    with pytest.raises(DeviceError, match=r"sent no data for 0\.3 s"):
        taken(one, 5)
    with pytest.raises(DeviceError, match="exists but sends no data"):
        one.open()
    one.close()
    del there


def test_samples_pushed_one_by_one_in_bursts_are_all_there():
    name = some_name()
    there = outlet(name, "id")
    one = LslInput(LslOptions(stream=name))
    one.open()
    begun_s, number, blocks = time.monotonic(), 0, []
    while number < 140:
        number += 14
        while time.monotonic() < begun_s + number / 200:
            blocks.append(one.read(0.01))
        for count in range(number - 14, number):
            there.push_sample([float(count)] * 4)
    blocks += taken(one, 0.5)
    blocks = [block for block in blocks if block is not None]
    assert len(np.concatenate([block.samples for block in blocks])) == 140
    assert all(block.samples[0, 0] - blocks[0].samples[0, 0] == block.start for block in blocks)
    assert one.status["samples_lost"] == 0
    one.close()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"rate_hz": 0.0}, "declares no rate .0 Hz.: its samples are irregular; set 'rate_hz'"),
        ({"rate_hz": 2e5}, "declares a rate of 200000 Hz"),
        ({"channels": 5000}, "has 5000 channels; the maximum is 4096"),
        ({"kind": "string"}, "contains text, not samples"),
    ],
)
def test_what_is_no_signal_is_named(about, message):
    name = some_name()
    there = outlet(name, **about)
    with pytest.raises(DeviceError, match=message):
        LslInput(LslOptions(stream=name)).open()
    del there


def test_values_beyond_float32_are_passed_on_as_infinite():
    name = some_name()
    there = outlet(name, kind="double64")
    one = LslInput(LslOptions(stream=name))
    one.open()
    there.push_sample([1e300, float("nan"), 1.0, -1e300])
    (block,) = taken(one, 0.3)
    assert block.samples[0, 0] == float("inf")
    assert block.samples[0, 2] == 1
    one.close()
    del there


def test_two_runs_of_one_user_offer_streams_of_different_ids_that_last_for_the_run():
    name = some_name()
    outputs = [LslOutput(LslOutputOptions(name=name, network=True)) for _ in range(2)]
    for output in outputs:
        output.open(run_context())
    infos = pylsl.resolve_byprop("name", f"{name} gesture", 2, 5)
    ids = {info.source_id() for info in infos}
    assert len(ids) == 2
    for output in outputs:
        output.close()
        output.open(run_context())
    assert {info.source_id() for info in pylsl.resolve_byprop("name", f"{name} gesture", 2, 5)} == ids
    for output in outputs:
        output.close()
