"""Samples that repeat or stand still, and electrodes that are railed or dead."""

import numpy as np
import pytest
from guarded_streams import LIMIT_S, RATE_HZ, check_found, first_fault, fist, guard, repeated, resting, verdicts

from emgctl.runtime.stream.stream_guard import Fault, Ok
from emgctl.types import SampleBlock, Signal


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


def test_after_samples_have_come_again_the_stream_goes_on_as_soon_as_it_lives():
    head = fist(1)
    found = verdicts(np.concatenate((head, repeated(head, 40), fist(1, seed=5))))
    assert isinstance(found[30], Fault)
    assert all(isinstance(verdict, Ok) for verdict in found[42:])
