"""BrainFlow and its fork for MindRove: their own synthetic and playback boards, and a simulated Cyton on a port."""

import gc
import importlib.util
import sys
import time

import numpy as np
import pytest
import simulated
from patience import patient, until

from emgctl.errors import DeviceError
from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.runtime.input_runner import InputRunner
from emgctl_brainflow.brainflow import BrainflowInput, BrainflowOptions
from emgctl_brainflow.mindrove import MindroveInput, MindroveOptions

KINDS = {"brainflow": (BrainflowInput, BrainflowOptions), "mindrove": (MindroveInput, MindroveOptions)}
LAYOUTS = {"brainflow": ("cyton", 24, 0, 22, 1, 250), "mindrove": ("wifi", 39, 26, 27, 0, 500)}
"""A board each with its number of rows, the rows of number, time and first electrode, and the rate."""


def made(kind, **options):
    """The input, if its library is installed."""
    pytest.importorskip(kind, reason=f"needs {kind}")
    cls, options_cls = KINDS[kind]
    return cls(options_cls(**options))


both = pytest.mark.parametrize("kind", list(KINDS))
needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")


@pytest.fixture
def played(tmp_path):
    """A file for a playback board: ten rises each time by 10, the channels by 1; ``lost`` are left out."""

    def write(kind, seconds=0.6, lost=()):
        _, rows, number, stamp, electrode, rate_hz = LAYOUTS[kind]
        count = np.arange(int(seconds * rate_hz))
        table = np.zeros((len(count), rows))
        table[:, number], table[:, stamp] = count % 256, 1.7e9 + count / rate_hz
        table[:, electrode : electrode + 8] = 10 * count[:, None] + np.arange(8)
        path = tmp_path / f"{kind}.csv"
        np.savetxt(path, table[np.setdiff1d(count, lost)], "%.6f", delimiter="\t")
        return {"board": "playback", "master_board": LAYOUTS[kind][0], "file": path}

    return write


def taken_until(source, condition, seconds=10.0):
    """The blocks until it is so."""
    until_s, blocks = time.monotonic() + patient(seconds), []
    while not condition():
        assert time.monotonic() < until_s, "it did not come"
        block = source.read(0.05)
        if block is not None:
            blocks.append(block)
    return blocks


@both
def test_a_synthetic_board_is_described_and_kept_by_its_first_session(kind, capfd):
    one, second = made(kind, board="Synthetic"), made(kind, board=-1)
    signal = one.open()
    assert (signal.channels, signal.rate_hz, signal.unit) == (16, 250, "uV")
    assert signal.names[0] == "EMG 1"
    assert one.stream_description().lines == (f"synthetic: board -1 of {kind}: EMG in its rows 1 to 16",)
    with pytest.raises(DeviceError, match=r"is in use by another input of this program .*; close that one first"):
        second.open()
    gc.collect()
    assert all(one.read(patient(1.0)) is not None for _ in range(5))  # the refused session left it alone
    one.close()
    assert second.open() == signal
    del one  # what the library would release now is the second's
    gc.collect()
    assert all(second.read(patient(1.0)) is not None for _ in range(5))
    second.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.process
@both
def test_a_playback_board_ends_is_lost_and_comes_back(kind, played, tmp_path):
    stall_s = patient(0.3)
    board = made(kind, **played(kind, lost=range(60, 70)), stall_s=stall_s)
    source = InputRunner(board)
    signal = source.open()
    assert (signal.channels, signal.rate_hz) == (8, LAYOUTS[kind][-1])
    blocks = taken_until(source, lambda: source.problem)
    assert f"playback_file: sent no samples for {stall_s:g} s; switch" in source.problem
    samples = np.concatenate([block.samples for block in blocks])
    places = np.concatenate([np.arange(len(block.samples)) + block.start for block in blocks])
    np.testing.assert_allclose(samples, 10 * places[:, None] + np.arange(8))  # and the gap is where it was
    assert board.status["samples_lost"] == 10
    writer = RecordingWriter(tmp_path / "a.h5", signal)
    writer.write(blocks[0])
    writer.close()
    assert read_recording(tmp_path / "a.h5").signal.names == tuple(f"EMG {number}" for number in range(1, 9))
    taken_until(source, lambda: source.reconnects)
    assert source.read(patient(5.0)) is not None
    source.close()


@both
def test_boards_go_by_name_and_by_number_and_other_names_get_the_nearest(kind):
    name = LAYOUTS[kind][0]
    with pytest.raises(DeviceError, match=rf"{kind}: there is no board '{name[:-1]}'; did you mean '{name}'\?"):
        made(kind, board=name[:-1]).open()
    with pytest.raises(DeviceError, match="streaming: stands in for another board; set 'master_board'"):
        made(kind, board="STREAMING_BOARD").open()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"board": "muse-s"}, "brainflow muse_s: has no EMG channels; use one of: .*cyton, ganglion"),
        ({"board": 0}, r"brainflow cyton: an option is missing or wrong \(brainflow: serial port is empty\); see http"),
        (
            {"board": "CytonDaisy", "serial_port": "/dev/nothing"},
            "cyton_daisy: its port can't be opened .*; plug it in, close other programs that use it",
        ),
        ({"board": "playback", "master_board": "cyton", "file": "none"}, "failed to open file"),
    ],
)
def test_what_can_not_be_opened_gets_one_sentence(options, message, capfd):
    with pytest.raises(DeviceError, match=message) as raised:
        made("brainflow", **options).open()
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_an_armband_that_is_not_there_sends_nothing():
    with pytest.raises(
        DeviceError, match=r"wifi: sends no samples within 0\.1 s; switch the armband on, join the Wi-Fi"
    ):
        made("mindrove", wait_s=0.1).open()


def test_a_converters_counts_are_no_microvolts_and_units_can_be_stated(played):
    module = pytest.importorskip("brainflow.board_shim")
    from emgctl_brainflow.boards import find_board

    assert find_board("brainflow", module, "gforce_pro", None).signal(None)[0].unit == "count"
    one = made("brainflow", **played("brainflow"), unit="mV")
    assert one.open().unit == "uV"
    block = one.read(5.0)
    np.testing.assert_allclose(block.samples[0], 1000 * np.arange(8))
    one.close()


@both
def test_without_its_library_it_names_the_extra(kind, monkeypatch):
    monkeypatch.setitem(sys.modules, f"{kind}.board_shim", None)
    cls, options_cls = KINDS[kind]
    with pytest.raises(DeviceError, match=rf"needs the Python package '{kind}'; run: pip install \"emgctl\[{kind}\]\""):
        cls(options_cls(board="synthetic")).open()
    (finding,) = cls.findings()
    assert finding.good is (importlib.util.find_spec(kind) is not None)


@pytest.mark.process
@needs_terminals
def test_a_cyton_is_read_and_its_faults_are_told():
    device, stall_s = simulated.Simulated("serial", "format=cyton", "pattern=count"), patient(0.5)
    try:
        board = made("brainflow", board="cyton", serial_port=device.port, config=["x1060110X"], stall_s=stall_s)
        source = InputRunner(board)
        assert str(source.open()) == "8 channels at 250 Hz in uV"
        blocks = [source.read(patient(5.0)) for _ in range(40)]  # until the counter has been understood
        values = np.concatenate([block.samples for block in blocks])
        np.testing.assert_allclose(values[:, 1] - values[:, 0], 1, atol=0.03)
        assert board.status["samples_lost"] == 0
        device.order("lose 10")
        taken_until(source, lambda: board.status["samples_lost"] == 10)
        device.order(f"silence {2 * stall_s + 0.5}")
        taken_until(source, lambda: source.problem)
        assert f"cyton: sent no samples for {stall_s:g} s; switch the board on" in source.problem
        taken_until(source, lambda: source.reconnects == 1)
        device.order("pull 0.3")
        taken_until(source, lambda: source.problem)
        taken_until(source, lambda: source.reconnects == 2)
        assert source.read(patient(5.0)) is not None
        source.close()
        until(lambda: {"event": "order", "words": ["s"]} in device.events)
    finally:
        device.close()
