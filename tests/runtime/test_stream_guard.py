"""Rest must be rest: what is no muscle's signal is a fault within a fifth of a second, and what is one never is."""

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emgctl.recording.datasets import read_dataset
from emgctl.runtime.stream.stream_guard import Fault, Ok, StreamGuard
from emgctl.types import LabelChange, SampleBlock, Signal

SIGNAL = Signal(8, 200.0)
RATE_HZ = 200
DATA = Path(os.environ.get("EMGCTL_DATA", "../shared/data"))
LIMIT_S = 0.2


def resting(seconds=3.0, channels=8, seed=0, scale=1.5):
    """A band at rest: a few counts, with many zeros."""
    rng = np.random.default_rng(seed)
    return np.rint(rng.normal(0, scale, (round(seconds * RATE_HZ), channels))).astype(np.float32)


def fist(seconds=3.0, channels=8, seed=1):
    """A strong contraction that clips now and then."""
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(rng.normal(0, 55, (round(seconds * RATE_HZ), channels))), -128, 127).astype(np.float32)


def guard(signal=SIGNAL, live=False, **options):
    return StreamGuard(signal, 0.05, live, **options)


def blocks(samples, size=10, start=0, rate_hz=RATE_HZ):
    for at in range(0, len(samples), size):
        part = samples[at : at + size]
        yield SampleBlock(part, start + at, (start + at + len(part)) / rate_hz)


def verdicts(samples, size=10, one=None, **options):
    one = one or guard(**options)
    return [one.inspect(block) for block in blocks(samples, size)]


def first_fault(samples, size=2, **options):
    """The first fault and how many samples had come by then."""
    came = 0
    for verdict, block in zip(verdicts(samples, size, **options), blocks(samples, size), strict=True):
        came += len(block.samples)
        if isinstance(verdict, Fault):
            return verdict, came
    return None, came


def check_found(head, broken, kind):
    fault, came = first_fault(np.concatenate((head, broken)))
    assert fault is not None
    assert came > len(head)
    assert (came - len(head)) / RATE_HZ <= LIMIT_S
    assert fault.kind in kind
    assert fault.block is None  # nothing of it is ever decoded
    return fault


def repeated(head, count):
    return np.resize(head[-count:], (RATE_HZ, head.shape[1]))


@pytest.mark.parametrize("head", [resting(), fist()], ids=["rest", "fist"])
@pytest.mark.parametrize("count", [2, 3, 7, 10, 20, 39, 40, 41, 100, 333])
def test_samples_that_come_again_and_again_are_a_fault_at_any_period(head, count):
    fault = check_found(head, repeated(head, count), {"frozen"})
    assert fault.reason == f"electrodes 1-8 repeat the same {count / RATE_HZ:g} s again and again"


@pytest.mark.parametrize("head", [resting(), fist()], ids=["rest", "fist"])
def test_the_last_sample_again_and_again_is_a_fault(head):
    head[-1] = np.arange(1, 9)
    assert check_found(head, repeated(head, 1), {"frozen"}).reason.startswith("electrodes 1-8 have not changed for 0.")


@pytest.mark.parametrize("head", [resting(), fist()], ids=["rest", "fist"])
@pytest.mark.parametrize("value", [0, 127, -128, 5])
def test_the_same_value_on_all_electrodes_is_a_fault(head, value):
    fault = check_found(head, np.full((RATE_HZ, 8), value, np.float32), {"saturated" if value else "flat"})
    assert f"electrodes 1-8 have been {f'at {value}' if value else 0}" in fault.reason


@pytest.mark.parametrize("value", [0, 127])
def test_a_device_that_begins_with_one_value_is_at_fault_before_a_window_of_it_is_complete(value):
    fault, came = first_fault(np.full((RATE_HZ, 8), value, np.float32))
    assert fault is not None
    assert came <= 0.1 * RATE_HZ


def test_a_device_that_never_moves_is_at_fault_before_a_window_is_complete():
    fault, came = first_fault(np.tile(fist(0.005), (RATE_HZ, 1)))
    assert fault.kind == "frozen"
    assert came <= 0.16 * RATE_HZ


@pytest.mark.parametrize("head", [resting(), fist()], ids=["rest", "fist"])
@pytest.mark.parametrize("regular", [True, False])
def test_jumps_from_rail_to_rail_are_a_fault(head, regular):
    sign = np.arange(RATE_HZ) % 2 if regular else np.random.default_rng(2).integers(0, 2, RATE_HZ)
    rails = np.where(sign[:, None], 127, -128) * np.ones((1, 8))
    check_found(head, rails.astype(np.float32), {"frozen", "saturated"})


@pytest.mark.parametrize("electrode", range(8))
def test_one_railed_electrode_is_a_fault_by_its_number_until_it_is_well(electrode):
    good = resting(4)
    railed = good[600:].copy()
    railed[:100, electrode] = 127
    found = verdicts(np.concatenate((good[:600], railed)), size=2)
    kinds = [verdict.kind if isinstance(verdict, Fault) else "" for verdict in found]
    fault = found[kinds.index("saturated")]
    assert (2 * kinds.index("saturated") - 600) / RATE_HZ <= LIMIT_S
    assert fault.reason.startswith(f"electrode {electrode + 1} is saturated: ")
    assert fault.bad == {electrode}
    assert isinstance(found[-1], Ok)


def test_an_electrode_railed_from_the_very_first_sample_is_a_fault_too():
    samples = resting()
    samples[:, 0] = 127
    fault, came = first_fault(samples)
    assert fault.kind == "saturated"
    assert came <= LIMIT_S * RATE_HZ


def test_a_dead_electrode_is_named_once_and_does_not_stop_the_others(caplog):
    samples = fist(8)
    samples[:, 2] = 0
    one = guard()
    assert all(isinstance(verdict, Ok) for verdict in verdicts(samples, one=one))
    assert [record.getMessage() for record in caplog.records] == [
        "electrode 3 is flat: press it onto the skin or check its wire"
    ]
    assert one.bad_electrodes == {2: "flat"}
    assert one.inspect(SampleBlock(samples[:10], len(samples), 8.05)).bad == {2}


def test_most_electrodes_dead_are_a_fault():
    head, broken = resting(), fist(1)
    broken[:, :6] = 0
    check_found(head, broken, {"flat", "frozen"})


def test_one_armband_of_two_that_hangs_is_a_fault():
    signal, samples = Signal(16, 200.0), fist(4, channels=16)
    samples[600:, 8:] = np.resize(samples[560:600, 8:], (200, 8))
    fault, came = first_fault(samples, signal=signal)
    assert fault.reason == "electrodes 9-16 repeat the same 0.2 s again and again"
    assert (came - 600) / RATE_HZ <= LIMIT_S


def test_a_row_of_a_grid_that_is_not_connected_is_no_fault():
    signal, samples = Signal(64, 200.0, grid=(8, 8)), fist(4, channels=64)
    samples[:, 16:24] = 0
    one = guard(signal)
    assert all(isinstance(verdict, Ok) for verdict in verdicts(samples, one=one))
    assert set(one.bad_electrodes) == set(range(16, 24))


def test_a_railed_electrode_that_its_neighbours_fill_in_is_a_fault_only_until_they_do():
    signal, samples = Signal(64, 200.0, grid=(8, 8)), fist(5, channels=64)
    samples[400:, 5] = 5000
    kinds = [isinstance(verdict, Fault) for verdict in verdicts(samples, one=guard(signal, filled_in=True))]
    assert any(kinds)
    assert not any(kinds[-20:])
    assert all(isinstance(verdict, Fault) for verdict in verdicts(samples, one=guard(signal))[-20:])


def test_packets_that_a_radio_sends_again_are_no_fault():
    samples = fist()
    samples[300:309] = samples[260:269]  # the longest in eight data sets of a Myo
    assert first_fault(samples)[0] is None


@pytest.mark.parametrize("scale", [0.8, 1.5, 4.0])
def test_a_quiet_band_is_no_fault(scale):
    assert first_fault(resting(40, scale=scale), size=20)[0] is None


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=40), period=st.sampled_from([1, 2, 7, 40]))
@settings(max_examples=int(os.environ.get("EMGCTL_REPEAT", "12")), deadline=None)
def test_the_verdict_does_not_depend_on_how_the_stream_was_cut(sizes, period):
    head = fist(1)
    samples = np.concatenate((head, repeated(head, period), fist(0.5, seed=5)))
    _, came = first_fault(samples, size=1)
    one, start = guard(), 0
    for size in (sizes * len(samples))[: len(samples)]:
        part = samples[start : start + size]
        fault = one.inspect(SampleBlock(part, start, start / RATE_HZ))
        start += len(part)
        if isinstance(fault, Fault):
            assert start - len(part) < came <= start
            return
        assert start < came
    pytest.fail("never found")


def test_after_samples_have_come_again_the_stream_goes_on_as_soon_as_it_lives():
    head = fist(1)
    found = verdicts(np.concatenate((head, repeated(head, 40), fist(1, seed=5))))
    assert isinstance(found[30], Fault)
    assert all(isinstance(verdict, Ok) for verdict in found[42:])


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 200), (2, 1000), (3, 50), (4, 500), (13, 200), (64, 2048)])
@pytest.mark.parametrize("count", [1, 20])
def test_any_number_of_channels_at_any_rate(channels, rate_hz, count):
    signal, n = Signal(channels, float(rate_hz)), 2 * rate_hz
    head = resting(n / RATE_HZ, channels, scale=10)
    broken = np.resize(head[-count:], (rate_hz * 2, channels))
    kinds = [getattr(one, "kind", "") for one in verdicts(np.concatenate((head, broken)), 10, guard(signal))]
    assert not any(kinds[: n // 10])
    assert kinds[-1] in ("frozen", "saturated")


# ---- the index ----


def test_a_short_gap_is_counted_and_a_long_one_is_a_fault_that_counts_too():
    one, samples = guard(), fist()
    assert isinstance(one.inspect(SampleBlock(samples[:10], 0, 0.0)), Ok)
    assert one.inspect(SampleBlock(samples[20:30], 20, 0.1)).lost == 10
    fault = one.inspect(SampleBlock(samples[350:360], 350, 1.8))
    assert (fault.kind, fault.reason, fault.lost) == ("gap", "320 samples were lost", 320)
    assert fault.block.start == 350  # the samples after it are sound
    assert (one.gaps, one.lost) == (2, 330)
    assert isinstance(one.inspect(SampleBlock(samples[360:370], 360, 1.9)), Ok)


def test_an_index_that_goes_back_is_a_fault_at_once_and_time_goes_on():
    one, samples = guard(), fist(30)
    for block in blocks(samples[:4000]):
        one.inspect(block)
    fault = one.inspect(SampleBlock(samples[4000:4010], 120, 21.0))
    assert (fault.kind, fault.reason) == ("index back", "the sample index went back from 4000 to 120")
    assert fault.block.start == 4001
    after = one.inspect(SampleBlock(samples[4010:4020], 130, 21.1))
    assert (type(after), after.block.start) == (Ok, 4011)


def test_a_notification_that_comes_twice_is_dropped():
    one, samples = guard(), fist()
    passed = []
    for block in blocks(samples):
        for _ in range(2):
            verdict = one.inspect(block)
            assert isinstance(verdict, Ok)
            passed.append(verdict.block.samples)
    assert (np.concatenate(passed) == samples).all()
    assert (one.repeated, one.lost) == (len(samples), 0)


def test_of_blocks_that_overlap_the_new_samples_pass():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:20], 0, 0.1))
    verdict = one.inspect(SampleBlock(samples[15:30], 15, 0.15))
    assert (verdict.block.start, len(verdict.block.samples), verdict.repeated) == (20, 10, 5)


def test_the_same_index_with_other_samples_is_a_fault():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:20], 0, 0.1))
    fault = one.inspect(SampleBlock(samples[100:110], 10, 0.15))
    assert (fault.kind, fault.reason) == ("index repeated", "sample 10 was delivered again with different values")


def test_lost_samples_that_come_late_are_an_index_that_goes_back():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:10], 0, 0.1))
    assert one.inspect(SampleBlock(samples[15:20], 15, 0.15)).lost == 5
    fault = one.inspect(SampleBlock(samples[10:15], 10, 0.16))
    assert (fault.kind, fault.reason) == ("index back", "the sample index went back from 20 to 10")


def test_motion_that_is_not_finite_is_a_fault():
    one, motion = guard(), np.zeros((2, 10), np.float32)
    motion[1, 4] = np.nan
    assert one.inspect(replace(GOOD, motion=motion)).reason == "the arm's motion is not finite (NaN or infinity)"
    assert isinstance(guard().inspect(replace(GOOD, motion=motion[:1])), Ok)


@pytest.mark.parametrize("again", [slice(90, 100), slice(0, 0)], ids=["the same block", "empty blocks"])
def test_blocks_without_anything_new_are_silence(again):
    one, samples = guard(), fist()
    for block in blocks(samples[:100]):
        one.inspect(block)
    kinds = [one.inspect(SampleBlock(samples[again], 90, 0.52 + 0.04 * n)) for n in range(6)]
    assert [getattr(verdict, "kind", "") for verdict in kinds] == [""] * 5 + ["no new samples"]


def test_a_reconnect_begins_anew_and_loses_nothing():
    one, samples = guard(), fist()
    for block in blocks(samples[:100]):
        one.inspect(block)
    one.reconnected()
    verdict = one.inspect(SampleBlock(samples[:10], 0, 9.0))
    assert (type(verdict), verdict.lost, verdict.block.start) == (Ok, 0, 100)


@given(st.lists(st.tuples(st.integers(-15, 30), st.integers(0, 25)), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_what_was_delivered_and_what_was_lost_make_up_the_span_of_the_index(steps):
    one, samples = guard(), fist(12)
    end = fresh = 0
    for step, count in steps:
        start = max(0, end + step) if end else 0
        verdict = one.inspect(SampleBlock(samples[start : start + count], start, end / RATE_HZ))
        if count:
            end = max(end, start + count)
        if isinstance(verdict, Fault) and verdict.kind in ("index back", "index repeated"):
            return  # reached back into lost samples
        fresh += 0 if verdict.block is None else len(verdict.block.samples)
        assert fresh + one.lost == end


# ---- what no block may do ----


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.uint16, np.int64]),
        st.tuples(st.integers(0, 60), st.just(8)),
    ),
    st.integers(0, 2**61),
    st.floats(allow_nan=True),
)
@settings(max_examples=60, deadline=None)
def test_no_array_of_numbers_makes_it_raise(samples, start, received_s):
    one = guard(live=True)
    for _ in range(3):
        verdict = one.inspect(SampleBlock(samples, start, received_s))
        assert isinstance(verdict, Ok | Fault)
        if isinstance(verdict, Ok):
            assert verdict.block.samples.dtype == np.float32
            assert np.isfinite(verdict.block.samples).all()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.nan, "samples are not finite (NaN or infinity)"),
        (np.inf, "samples are not finite (NaN or infinity)"),
        (-np.inf, "samples are not finite (NaN or infinity)"),
        (1e30, "samples of 1e+30 are beyond any converter's range"),
        (-1e30, "samples of 1e+30 are beyond any converter's range"),
    ],
)
def test_one_impossible_value_is_a_fault(value, reason):
    samples = fist()
    samples[305, 3] = value
    found = verdicts(samples)
    assert (found[30].kind, found[30].reason, found[30].block) == ("not finite", reason, None)
    assert all(isinstance(verdict, Ok) for number, verdict in enumerate(found) if number != 30)


GOOD = SampleBlock(fist(0.05), 0, 0.0)


ONCE: dict[str, Any] = {"repetition": "once"}


def wrong(**fields: Any) -> SampleBlock:
    """The good block with fields of a wrong type."""
    return replace(GOOD, **fields)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (None, "a NoneType instead of a SampleBlock"),
        (fist(0.05), "a ndarray instead of a SampleBlock"),
        (wrong(samples=[[0] * 8]), "samples are a list, not an array"),
        (wrong(samples=None), "samples are a NoneType, not an array"),
        (replace(GOOD, samples=fist(0.05)[:, :7]), "samples have the shape (10, 7), not (T, 8)"),
        (replace(GOOD, samples=fist(0.05)[0]), "samples have the shape (8,), not (T, 8)"),
        (replace(GOOD, samples=np.full((2, 8), "x")), "samples are of type <U1, not of numbers"),
        (replace(GOOD, samples=np.full((2, 8), None)), "samples are of type object, not of numbers"),
        (replace(GOOD, samples=np.full((2, 8), 1j)), "samples are of type complex128, not of numbers"),
        (wrong(start=None), "start is a NoneType, not a whole number"),
        (wrong(start=1.5), "start is a float, not a whole number"),
        (replace(GOOD, start=-1), "start is -1, not an index"),
        (wrong(received_s=None), "received_s is a NoneType, not a time"),
        (replace(GOOD, received_s=np.nan), "received_s is nan, not a time"),
        (wrong(label_changes=["fist"]), "label_changes are not a tuple of LabelChange"),
        (
            replace(GOOD, label_changes=(LabelChange(10**6, "fist"),)),
            f"label_changes are at [1000000], not in order within the block's {len(GOOD.samples)} samples",
        ),
        (
            replace(GOOD, label_changes=(LabelChange(0, "fist", **ONCE),)),
            "label_changes have a label that is not text, or a repetition that is not a whole number",
        ),
        (replace(GOOD, motion=np.zeros((2, 9), np.float32)), "motion has the shape (2, 9), not (N, 10)"),
        (wrong(motion=[0.0] * 10), "motion has the shape (10,), not (N, 10)"),
        (replace(GOOD, motion=np.full((1, 10), "x")), "motion is of type <U1, not of numbers"),
    ],
)
def test_a_malformed_block_is_a_fault_that_says_what_is_wrong(block, words):
    fault = guard().inspect(block)
    assert (fault.kind, fault.reason, fault.block) == ("malformed", f"malformed samples: {words}", None)


# ---- the rate ----


def arrivals(rate_hz, seconds, size=10, late_s=lambda _: 0.0):
    """Blocks of a device that delivers ``rate_hz`` with a continuous index, some of them late."""
    samples = fist(seconds * max(rate_hz, RATE_HZ) / RATE_HZ + 1)[: round(seconds * rate_hz)]
    now_s = 0.0
    for block in blocks(samples, size, rate_hz=rate_hz):
        now_s = max(now_s, block.received_s + late_s(block.received_s))
        yield replace(block, received_s=now_s)


def of_kind(kind, stream, **options):
    one = guard(live=True, **options)
    return [block.received_s for block in stream if getattr(one.inspect(block), "kind", "") == kind]


@pytest.mark.parametrize("rate_hz", [100, 130, 300, 400])
def test_half_or_twice_the_samples_are_a_fault_within_seconds(rate_hz):
    found = of_kind("rate", arrivals(rate_hz, 6))
    assert found[0] < 3
    assert found[-1] == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("rate_hz", [196, 204, 190, 215])
def test_a_rate_two_percent_off_is_named_once_with_both_figures(rate_hz, caplog):
    assert not of_kind("rate", arrivals(rate_hz, 40))
    (record,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert record.getMessage().endswith("but 200 Hz were declared")
    assert float(record.getMessage().split()[3]) == pytest.approx(rate_hz, rel=0.005)


@pytest.mark.parametrize("rate_hz", [199, 200, 201])
@pytest.mark.parametrize(
    "late_s",
    [
        lambda _: 0.0,
        lambda at_s: -at_s % 0.07,  # in bursts
        lambda at_s: 0.15 if 5 < at_s < 6 or 20 < at_s < 20.2 else 0.0,  # a hiccup
        lambda at_s: 2 - at_s if 1 < at_s < 2 else 0.0,  # a second of silence, and all at once
        lambda at_s: np.random.default_rng(round(1000 * at_s)).exponential(0.02),
    ],
    ids=["even", "bursts", "hiccups", "a stop", "jitter"],
)
def test_a_device_that_delivers_late_or_in_bursts_has_the_rate_it_declares(rate_hz, late_s, caplog):
    assert not of_kind("rate", arrivals(rate_hz, 40, late_s=late_s))
    assert not caplog.records


def test_a_recording_may_be_played_at_any_rate():
    one = guard(live=False)
    assert all(isinstance(one.inspect(block), Ok) for block in arrivals(50, 10))


# ---- recordings ----


@pytest.mark.skipif(not (DATA / "kaggle_emg4").exists(), reason="needs the shared recordings")
@pytest.mark.parametrize(
    "name", ["kaggle_emg4", "libemg_one_subject_myo", "unibo_inail_4ch", "ninapro_db1_e1/S2_A1_E1.mat"]
)
def test_recordings_have_no_fault(name):
    for recording in read_dataset(str(DATA / name)):
        one = guard(recording.signal)
        for block in blocks(recording.samples[:4000], 50, rate_hz=recording.signal.rate_hz):
            assert isinstance(one.inspect(block), Ok)
