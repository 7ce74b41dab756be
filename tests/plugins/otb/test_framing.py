"""Commands and bytes: the documented vectors, and streams that lose bytes and samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emgctl_otb.framing import Framing, NoStream
from emgctl_otb.layout import Layout, configuration
from emgctl_otb.options import OtbOptions


def test_the_quattrocento_s_documented_configurations():
    assert configuration(0xCF, 0x14, b"\x09\0")[-1] == 0x05
    assert configuration(0x80, 0x14, b"\x09\0")[-1] == 0x62
    assert configuration(0x8F, 0x14)[-1] == 0x57
    made = OtbOptions().layout()
    assert made.start[:6].hex(" ") == "cf 00 00 00 00 14"
    assert len(made.start) == len(made.stop) == 40
    assert made.stop[0] == 0x80
    assert (made.total, len(made.emg), made.counter) == (408, 256, 400)
    assert made.emg[0] == 128


@pytest.mark.parametrize(
    ("options", "start", "stop", "total"),
    [
        ({"device": "sessantaquattro+"}, "5841", "5840", 72),
        ({"device": "sessantaquattro"}, "5841", "5840", 68),
        ({"device": "sessantaquattro+", "extra_channels": 4}, "5841", "5840", 68),
        ({"device": "muovi"}, "09", "08", 38),
        ({"device": "muovi+"}, "09", "08", 70),
        ({"device": "syncstation"}, "0309c9", "0000", 44),
        ({"device": "light"}, b"startTX".hex(), b"stopTX".hex(), 408),
    ],
)
def test_the_other_devices_documented_commands(options, start, stop, total):
    made = OtbOptions(**options).layout()
    assert (made.start.hex(), made.stop.hex(), made.total) == (start, stop, total)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate_hz": 1000}, "rate_hz cannot be 1000 for this device; use one of: 512, 2048, 5120, 10240"),
        ({"device": "muovi", "rate_hz": 2048}, "rate_hz cannot be 2048 for this device; use one of: 2000"),
        ({"channels": 192}, "channels cannot be 192 for this device; use one of: 120, 216, 312, 408"),
        ({"channels": 120, "inputs": ["MULT2"]}, "input MULT2 is not among the 120 channels"),
        ({"low_pass_hz": 400}, "low_pass_hz cannot be 400"),
        ({"grids": ["8x9"]}, "there is no grid '8x9'; did you mean '8x8'"),
        ({"inputs": ["MULT1"], "grids": ["8x8", "8x8"]}, "the grid has channel 128, but there are only 64"),
        ({"montage": "laplacian"}, "'montage' requires 'grids'"),
        ({"grids": [[[1, 2], [2, 3]]]}, "a channel occurs twice"),
    ],
)
def test_options_that_can_t_be(options, message):
    with pytest.raises(ValidationError, match=message):
        OtbOptions(**options)


LAYOUTS = [
    Layout(2000.0, 5, 2, False, (0, 1, 2), 1.0, 3, b"", b""),
    Layout(2000.0, 4, 2, True, (0, 1, 2), 1.0, 3, b"", b""),
    Layout(500.0, 4, 3, True, (0, 1, 2), 1.0, 3, b"", b""),
]


def stream(layout, numbers, seed=0):
    """Samples whose counter counts these numbers, as bytes, and their integers."""
    top = 1 << (8 * layout.octets - 1)
    whole = np.random.default_rng(seed).integers(-top, top, (len(numbers), layout.total))
    whole[:, layout.counter] = np.asarray(numbers) % 65536
    octets = whole.astype("<i4").view(np.uint8).reshape(*whole.shape, 4)[..., : layout.octets]
    whole[:, layout.counter] = whole[:, layout.counter].astype(np.int16 if layout.octets == 2 else np.int64)
    return (octets[..., ::-1] if layout.big_endian else octets).tobytes(), whole


def pushed(framing, data, sizes):
    runs, place = [], 0
    for size in [*sizes, len(data)]:
        runs += framing.push(data[place : place + size])
        place += size
    return runs


cuts = st.lists(st.integers(0, 60), max_size=30)


@given(st.sampled_from(LAYOUTS), st.integers(10, 60), st.integers(0, 65535), cuts)
def test_samples_come_back_however_the_stream_is_cut(layout, count, first, sizes):
    data, whole = stream(layout, range(first, first + count))
    runs = pushed(Framing(layout), data, sizes)
    assert not any(lost for lost, _ in runs)
    np.testing.assert_array_equal(np.concatenate([samples for _, samples in runs]), whole)


@given(st.sampled_from(LAYOUTS), st.integers(0, 65535), st.integers(1, 60_000), cuts)
def test_lost_samples_are_counted(layout, first, lost, sizes):
    numbers = [*range(first, first + 30), *range(first + 30 + lost, first + 60 + lost)]
    data, whole = stream(layout, numbers)
    runs = pushed(Framing(layout), data, sizes)
    assert sum(gone for gone, _ in runs) == lost
    np.testing.assert_array_equal(np.concatenate([samples for _, samples in runs]), whole)


@given(st.sampled_from(LAYOUTS), st.integers(0, 65535), st.integers(1, 40), st.integers(0, 200), cuts)
def test_lost_bytes_cost_the_samples_they_are_of_and_no_more(layout, first, gone, at, sizes):
    numbers = range(first, first + 60)
    data, whole = stream(layout, numbers, seed=first)
    at = min(at + 15 * layout.frame, 40 * layout.frame)
    framing = Framing(layout)
    runs = pushed(framing, data[:at] + data[at + gone :], sizes)
    touched = -(-(at + gone) // layout.frame) - at // layout.frame  # samples that a lost byte was of
    got = [sample.tolist() for _, samples in runs for sample in samples]
    assert got[-1] == whole[-1].tolist()
    lost = sum(number for number, _ in runs)
    assert lost == 60 - len(got)
    assert touched - 1 <= lost <= touched + 7  # what follows the counter may be spoilt without being seen
    sent = whole[:, list(layout.emg)].tolist()
    spoilt = [sample for sample in got if sample[: len(layout.emg)] not in sent]
    assert len(spoilt) <= 1  # where the bytes that are lost make the next counter look right by chance


def test_garbage_and_another_layout_are_no_stream():
    framing = Framing(LAYOUTS[0])
    with pytest.raises(NoStream):
        framing.push(np.random.default_rng(1).bytes(5000))
    data, _ = stream(LAYOUTS[1], range(2000))
    with pytest.raises(NoStream):
        Framing(LAYOUTS[0]).push(data)


def test_without_a_counter_everything_is_taken():
    from dataclasses import replace

    layout = replace(LAYOUTS[0], counter=None)
    data, whole = stream(LAYOUTS[0], range(20))
    ((lost, samples),) = Framing(layout).push(data)
    assert lost == 0
    np.testing.assert_array_equal(samples, whole)
