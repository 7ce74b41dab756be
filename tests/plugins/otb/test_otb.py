"""The input against virtual amplifiers in processes of their own, over loopback."""

import socket
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import simulated
from free_port import free_port
from simulated import taken

from emgctl.errors import DeviceError
from emgctl.testing import check_input
from emgctl_otb.options import OtbOptions
from emgctl_otb.otb import Otb

pytestmark = pytest.mark.process


@pytest.fixture
def simulate():
    making = simulated.Making(simulated.Simulated)
    yield making
    making.close()


def counted(samples, uv):
    return np.rint(samples[:, 0] / uv).astype(int)


def test_a_quattrocento_at_full_rate(simulate):
    virtual = simulate("quattrocento", "port=0", "pattern=count")
    one = Otb(OtbOptions(host="127.0.0.1", port=virtual.port))
    signal = one.open()
    assert (signal.channels, signal.rate_hz, signal.unit) == (256, 2048.0, "uV")
    blocks = taken(one, 2.0)
    one.close()
    samples = np.concatenate([block.samples for block in blocks])
    assert (np.diff(counted(samples, one.options.layout().uv)) == 1).all()
    assert blocks[-1].start + len(blocks[-1].samples) == len(samples) > 3000
    assert one.status == {"samples_lost": 0, "realigned": 0}
    virtual.until(lambda: len(virtual.events) >= 3)
    kinds = [event["event"] for event in virtual.events]
    assert kinds[:3] == ["connected", "streaming", "stopped"]
    assert virtual.events[1]["channels"] == 408


@pytest.mark.parametrize(
    ("words", "options", "channels", "rate_hz"),
    [
        (["sessantaquattro"], {"device": "sessantaquattro+"}, 64, 2000),
        (["sessantaquattro"], {"device": "sessantaquattro+", "channels": 32, "bits": 24, "rate_hz": 500}, 32, 500),
        (["sessantaquattro", "plus=false"], {"device": "sessantaquattro", "gain": 4}, 64, 2000),
        (["muovi"], {"device": "muovi"}, 32, 2000),
        (["muovi"], {"device": "muovi", "eeg": True}, 32, 500),
        (["muovi", "plus=true"], {"device": "muovi+"}, 64, 2000),
    ],
)
def test_amplifiers_that_connect_to_us(simulate, words, options, channels, rate_hz):
    port = free_port()
    virtual = simulate(*words, f"port={port}", "pattern=count")
    one = Otb(OtbOptions(port=port, **options))
    signal = one.open()
    assert (signal.channels, signal.rate_hz) == (channels, rate_hz)
    samples = np.concatenate([block.samples for block in taken(one, 1.0)])
    one.close()
    assert len(samples) > 0.8 * rate_hz
    assert (np.diff(counted(samples, one.options.layout().uv)) == 1).all()
    assert "streaming" in [event["event"] for event in virtual.events]


def test_what_is_lost_is_counted_and_the_stream_is_found_again(simulate):
    virtual = simulate("quattrocento", "port=0", "pattern=count")
    one = Otb(OtbOptions(host="127.0.0.1", port=virtual.port, channels=120))
    one.open()
    before = taken(one, 0.3)
    virtual.order("drop 77")
    blocks = [before[-1], *taken(one, 0.5)]
    assert one.status == {"samples_lost": 77, "realigned": 0}
    holes = [b.start - (a.start + len(a.samples)) for a, b in pairwise(blocks)]
    assert sorted(holes)[-1] == 77
    virtual.order("lose 5")
    taken(one, 0.5)
    assert one.status["realigned"] == 1
    assert 77 < one.status["samples_lost"] <= 77 + 8
    virtual.order("garbage 1001")
    blocks = taken(one, 0.5)
    assert one.status["realigned"] == 2
    numbers = np.concatenate([counted(block.samples, one.options.layout().uv) for block in blocks[-10:]])
    assert (np.diff(numbers) == 1).all()
    one.close()


def test_a_pause_is_silence_and_a_closed_connection_is_lost(simulate):
    virtual = simulate("quattrocento", "port=0")
    one = Otb(OtbOptions(host="127.0.0.1", port=virtual.port, channels=120))
    one.open()
    virtual.order("stall 1")
    time.sleep(0.2)
    while one.read(0.05) is not None:
        pass
    assert one.read(0.3) is None
    time.sleep(0.8)
    assert taken(one, 0.5)
    assert one.status["samples_lost"] == 0
    virtual.order("disconnect")
    with pytest.raises(DeviceError, match="the amplifier closed the connection"):
        taken(one, 3)
    one.close()
    assert one.open().channels == 64  # and it is there again
    one.close()


def test_a_recording_on_a_grid(simulate, tmp_path):
    from emgctl.recording.writer import RecordingWriter
    from emgctl.types import SampleBlock, Signal

    values = np.tile(np.arange(64, dtype=np.float32) * 10, (200, 1))
    writer = RecordingWriter(tmp_path / "a.h5", Signal(64, 2048.0, "uV"))
    writer.write(SampleBlock(values, 0, 0.0))
    writer.close()
    virtual = simulate("quattrocento", str(tmp_path / "a.h5"), "port=0")
    one = Otb(OtbOptions(host="127.0.0.1", port=virtual.port, inputs=["MULT1", "MULT2"], grids=["13x5", "13x5"]))
    assert one.open().grid == (13, 10)
    block = taken(one, 0.2)[0].samples[0].reshape(13, 10)
    one.close()
    np.testing.assert_allclose(block[1, :5], [0, 230, 260, 490, 520], atol=1)
    np.testing.assert_allclose(block[1:, 5:], block[1:, :5], atol=1)
    assert block[0, 0] == pytest.approx((block[1, 0] + block[0, 1]) / 2, abs=1)  # no electrode there


def test_a_configuration_with_a_wrong_crc_starts_nothing(simulate):
    virtual = simulate("quattrocento", "port=0")
    start = OtbOptions().layout().start
    with socket.create_connection(("127.0.0.1", virtual.port)) as link:
        link.sendall(start[:-1] + bytes([start[-1] ^ 1]))
        virtual.until(lambda: "bad crc" in [event["event"] for event in virtual.events])
        link.settimeout(0.5)
        with pytest.raises(TimeoutError):
            link.recv(1)
        link.sendall(start)
        assert link.recv(100)


def test_the_contract(simulate):
    virtual = simulate("quattrocento", "port=0")
    check_input(Otb, OtbOptions(host="127.0.0.1", port=virtual.port, channels=120))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": "127.0.0.1"}, "can't be reached: Connection refused"),
        ({"device": "muovi", "wait_s": 0.3}, "no device connected within 0.3 s.*host: 0.0.0.0"),
    ],
)
def test_nobody_there(options, message):
    with pytest.raises(DeviceError, match=message):
        Otb(OtbOptions(**options, port=free_port())).open()


def test_another_device_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet(text):
            link, _ = server.accept()
            with link:
                link.sendall(text)
                time.sleep(1)

        port = server.getsockname()[1]
        for device, text, message in (
            ("light", b"HTTP/1.1 400 Bad Request\r\n\r\n", "this is another program"),
            ("quattrocento", b"HTTP/1.1 400 Bad Request\r\n\r\n", "received 28 bytes but no samples|reset by peer"),
            ("quattrocento", bytes(300_000), "the data are not a stream of 120 channels"),
        ):
            thread = threading.Thread(target=greet, args=(text,))
            thread.start()
            with pytest.raises(DeviceError, match=message):
                Otb(OtbOptions(device=device, host="127.0.0.1", port=port, channels=120)).open()
            thread.join()


def test_a_wrong_count_of_channels_is_said(simulate):
    port = free_port()
    simulate("sessantaquattro", f"port={port}")  # a "+", with eight more
    with pytest.raises(DeviceError, match="check 'device', 'channels' and 'extra_channels'"):
        Otb(OtbOptions(device="sessantaquattro", port=port)).open()
