"""Grids: where electrodes lie, montages, bad electrodes found live, and moves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.dsp import grid as grids
from emgctl.dsp.bad_electrodes import BadElectrodeDetector, ElectrodeMonitor
from emgctl.dsp.preprocessing import FilterChain, Preprocessing
from emgctl.errors import UsageError
from emgctl.inference.model import shifted
from emgctl.types import Signal

GRID, RATE_HZ = (8, 4), 1000.0
SIGNAL = Signal(32, RATE_HZ, "uV", GRID)


def muscles(seconds, seed=0):
    """Three sources below a grid, seen less the farther away, and a little noise of each electrode's own."""
    rng = np.random.default_rng(seed)
    place = np.stack(np.divmod(np.arange(32), 4), axis=1)
    sources = np.array([[1.0, 1.0], [4.0, 2.0], [7.0, 0.5]])
    near = np.exp(-(np.linalg.norm(place[:, None] - sources, axis=2) ** 2) / 18)
    count = round(seconds * RATE_HZ)
    return (rng.normal(0, 40, (count, 3)) @ near.T + rng.normal(0, 2, (count, 32))).astype(np.float32)


def test_the_documented_13x5():
    drawn = grids.ADAPTERS["13x5"] + 1
    assert drawn[0].tolist() == [0, 25, 26, 51, 52]
    assert drawn[1].tolist() == [1, 24, 27, 50, 53]
    assert drawn[12].tolist() == [12, 13, 38, 39, 64]


@pytest.mark.parametrize("name", grids.ADAPTERS)
def test_every_adapter_names_each_electrode_once(name):
    places = grids.ADAPTERS[name]
    known = np.sort(places[places >= 0])
    assert known.tolist() == list(range(len(known)))
    assert f"{places.shape[0]}x{places.shape[1]}" == name.removesuffix("-rows")


def test_grids_beside_each_other():
    one = grids.by_rows(2, 2)
    assert grids.concatenate([one, one], "across").tolist() == [[0, 1, 4, 5], [2, 3, 6, 7]]
    assert grids.concatenate([one, one], "down").tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    with pytest.raises(ValueError, match="grids of 2x2 and 3x2 cannot be combined across"):
        grids.concatenate([one, grids.by_rows(3, 2)], "across")


def test_montages():
    one = np.array([[1.0, 2, 4, 8, 16, 32]], np.float32)  # 3 x 2
    places = grids.by_rows(3, 2)
    assert (one @ grids.montage_matrix(places, "differential", 6).T).tolist() == [[3, 6, 12, 24]]
    assert (one @ grids.montage_matrix(places, "double_differential", 6).T).tolist() == [[9, 18]]
    laplacian = one @ grids.montage_matrix(places, "laplacian", 6).T
    assert laplacian[0, 0] == 1 - (2 + 4) / 2
    assert laplacian[0, 2] == pytest.approx(4 - (1 + 8 + 16) / 3)
    assert grids.size_after((3, 2), "double_differential") == (1, 2)


@given(st.sampled_from([(8, 4), (3, 5)]), st.integers(-9, 9), st.integers(-9, 9), st.booleans())
def test_a_move_takes_each_electrode_from_where_it_is_now(grid, rows, columns, wraps):
    order = shifted(grid, rows, columns, wraps).reshape(grid)
    for row, column in np.ndindex(*grid):
        there = (row + rows) % grid[0] if wraps else min(max(row + rows, 0), grid[0] - 1)
        assert order[row, column] == there * grid[1] + min(max(column + columns, 0), grid[1] - 1)


FAULTS: dict[str, Callable[[Any, np.random.Generator], Any] | None] = {
    "flat": lambda x, rng: np.full(len(x), 5.0),
    "loud": lambda x, rng: rng.normal(0, 900, len(x)),
    "unlike its neighbors": lambda x, rng: rng.normal(0, x.std(), len(x)),
    "clipped": lambda x, rng: np.where(rng.random(len(x)) < 0.5, 3000.0, -3000.0) * (rng.random(len(x)) < 0.9),
    "joined to another": None,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_electrodes_are_found_live_and_filled_in(fault, caplog):
    x, rng = muscles(4.0), np.random.default_rng(5)
    good = x.copy()
    for bad in (9, 22):
        damaged = FAULTS[fault]
        x[2000:, bad] = damaged(good[2000:, bad], rng) if damaged else x[2000:, bad + 1]
    watched = BadElectrodeDetector(GRID, RATE_HZ)
    assert np.array_equal(watched.apply(x[:2000].astype(float), x[:2000]), x[:2000])
    assert not watched.reasons
    filled = watched.apply(x[2000:].astype(float), x[2000:])
    assert {9, 22} <= set(watched.reasons) <= {9, 10, 22, 23}
    assert set(watched.reasons.values()) <= {fault, "loud"}
    if FAULTS[fault] is not None:
        late = slice(1500, None)  # from 1.5 s after it went wrong
        error = filled[late, 9] - good[2000:][late, 9]
        assert error.std() < 0.4 * good[:, 9].std()

    class FilterChain:
        bad_electrodes = watched.reasons

    status: dict[str, Any] = {}
    ElectrodeMonitor(FilterChain, GRID).report(status)
    assert "electrode 10 (row 3, column 2) is" in caplog.text
    assert "10 (row 3, column 2)" in status["bad_electrodes"]


def test_an_electrode_that_is_well_again_is_used_again(caplog):
    x = muscles(6.0)
    x[1000:2500, 9] = 0
    chain = FilterChain(Preprocessing(electrodes=True), SIGNAL)
    watch = ElectrodeMonitor(chain, GRID)
    status: dict[str, Any] = {}
    for begin in range(0, 6000, 50):
        chain.apply(x[begin : begin + 50])
        watch.report(status)
    assert [record.getMessage() for record in caplog.records] == [
        "electrode 10 (row 3, column 2) is flat: interpolated from nearby electrodes",
        "electrode 10 (row 3, column 2) has recovered",
    ]
    assert status["bad_electrodes"] == {}


def test_a_whole_row_can_be_filled_in_and_a_grid_that_is_all_bad_does_no_harm():
    x = muscles(3.0)
    x[:, 8:12] = 0
    filled = BadElectrodeDetector(GRID, RATE_HZ).apply(x.astype(float), x)
    assert (filled[2000:, 8:12].std(axis=0) > 10).all()
    assert np.isfinite(BadElectrodeDetector(GRID, RATE_HZ).apply(np.zeros((3000, 32)), np.zeros((3000, 32)))).all()


@pytest.mark.slow
@given(st.lists(st.integers(0, 300), min_size=1, max_size=30))
def test_what_is_filled_in_does_not_depend_on_how_the_stream_was_cut_to_the_bit(counts):
    x = muscles(3.0)
    x[700:, 9] = 0
    steps = Preprocessing(electrodes=True, car=True)
    whole = FilterChain(steps, SIGNAL).apply(x)
    chain, parts = FilterChain(steps, SIGNAL), np.split(x, np.minimum(np.cumsum(counts), len(x)))
    assert np.concatenate([chain.apply(part) for part in parts]).tobytes() == whole.tobytes()


def test_without_a_grid_there_are_no_neighbours():
    with pytest.raises(UsageError, match="requires a grid, and this signal has none"):
        FilterChain(Preprocessing(electrodes=True), Signal(8, 200.0))
