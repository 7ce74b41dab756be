"""Streams of the Lab Streaming Layer: real outlets in processes of their own, found over the loopback network."""

import json
import time
import uuid
from contextlib import ExitStack

import numpy as np
import pytest
from patience import patient

pylsl = pytest.importorskip("pylsl")

from lsl_stream import streaming  # noqa: E402
from simulated import taken  # noqa: E402

from emgctl.errors import DeviceError  # noqa: E402
from emgctl.runtime.input_runner import InputRunner  # noqa: E402
from emgctl.testing import gesture, run_context  # noqa: E402
from emgctl.types import Command  # noqa: E402
from emgctl_lsl.inlet import LslInput, LslOptions  # noqa: E402
from emgctl_lsl.outlet import LslOutput, LslOutputOptions  # noqa: E402

pytestmark = pytest.mark.process


def until(fact, source, seconds=20.0):
    """Read until it is so."""
    until_s = time.monotonic() + patient(seconds)
    while not fact():
        assert time.monotonic() < until_s, f"it did not come: {source.problem}"
        source.read(0.05)


@pytest.fixture
def stream():
    with ExitStack() as started:
        yield lambda *name, **how: started.enter_context(streaming(*name, **how))


def test_a_stream_arrives_in_microvolts_and_in_order(stream):
    one = LslInput(LslOptions(stream=stream()))
    signal = one.open()
    assert (signal.channels, signal.rate_hz, signal.unit, signal.names) == (4, 200.0, "uV", ("e0", "e1", "e2", "e3"))
    samples = np.concatenate([block.samples for block in taken(one, 1.5)])
    assert len(samples) > 200
    assert (np.diff(samples[:, 0]) == 1000).all()
    assert one.status["samples_lost"] == 0
    one.close()
    one.close()


def test_a_hole_in_the_time_stamps_is_counted(stream):
    one = LslInput(LslOptions(stream=stream(unit="", hole_s=0.4)))
    assert one.open().unit == "count"
    blocks = taken(one, 1.8)
    assert one.status["samples_lost"] == pytest.approx(80, abs=2)
    for block in blocks:
        assert block.start == pytest.approx(block.samples[0, 0] - blocks[0].samples[0, 0], abs=2)
    one.close()


def test_it_is_found_again_when_its_program_comes_back(stream):
    name = stream(seconds=0.5)
    source = InputRunner(LslInput(LslOptions(source_id=f"{name}-id")))
    source.open()
    until(lambda: source.problem, source)
    assert "the stream has been lost" in source.problem
    stream(name, seconds=8.0)
    until(lambda: source.read(0.1), source)
    assert source.reconnects == 1
    source.close()


def test_a_grid(stream):
    one = LslInput(LslOptions(stream=stream(unit=""), grid=[[4, 3], [2, 1]], montage="differential"))
    assert one.open().grid == (1, 2)
    block = taken(one, 0.5)[0]
    np.testing.assert_allclose(block.samples, -2)
    one.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stream": "nobody"}, "no such stream found within 0.5 s"),
        ({"grid": [[1, 2], [3, 9]]}, "the grid has channel 9, but there are only 4"),
    ],
)
def test_what_does_not_fit_is_said(stream, options, message):
    name = stream()
    with pytest.raises(DeviceError, match=message):
        LslInput(LslOptions(**{"stream": name, "wait_s": 0.5 if "stream" in options else 5} | options)).open()


def test_decisions_can_be_recorded_by_others():
    name = f"alice {uuid.uuid4().hex[:8]}"
    one = LslOutput(LslOutputOptions(name=name, network=True))
    one.open(run_context())
    inlets = {}
    for what in ("decisions", "gesture", "controls"):
        (info,) = pylsl.resolve_byprop("name", f"{name} {what}", 1, 10)
        inlets[what] = pylsl.StreamInlet(info)
        inlets[what].open_stream(10)
    time.sleep(0.5)
    fist = gesture("fist")
    one.send(Command(0.1, axes={"x": 0.5}, buttons=frozenset("a"), prediction=fist))
    one.send(Command(0.2, axes={"x": 0.5}, buttons=frozenset("a"), prediction=fist))
    one.send(Command.neutral(0.3, "no samples", cause="silence"))
    first, _ = inlets["decisions"].pull_sample(5)
    assert first[:3] == pytest.approx([1, fist.confidence, fist.intensity])
    assert inlets["decisions"].pull_sample(5)[0][0] == 1
    assert inlets["decisions"].pull_sample(5)[0][0] == -1
    assert [inlets["gesture"].pull_sample(5)[0] for _ in range(2)] == [["fist"], ["neutral: no samples"]]
    assert json.loads(inlets["controls"].pull_sample(5)[0][0]) == {"axes": {"x": 0.5}, "buttons": ["a"], "joints": {}}
    one.close()
