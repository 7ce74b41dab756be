import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.dsp.window import Window
from emgctl.testing import block

CHANNELS = 2


def counting(start, count):
    """Samples that say their own index, so that order and loss show."""
    return block(np.arange(start, start + count), start, CHANNELS)


def collect(window, blocks, **options):
    return [(end, view[:, 0].tolist()) for one in blocks for end, view in window.push(one, **options)]


@given(
    length=st.integers(1, 30),
    hop=st.integers(1, 30),
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=30),
)
def test_windows_do_not_depend_on_how_the_stream_was_cut(length, hop, cuts):
    blocks, start = [], 0
    for count in cuts:
        blocks.append(counting(start, count))
        start += count
    expected = [(end, list(range(end - length, end))) for end in range(length, start + 1, hop)]
    assert collect(Window(length, hop, CHANNELS), blocks) == expected


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 9), st.integers(1, 9))
def test_only_the_newest_window_of_a_block_is_decoded_and_the_rest_is_counted(cuts, length, hop):
    all_of_them, newest = Window(length, hop, CHANNELS), Window(length, hop, CHANNELS)
    start = skipped = 0
    for count in cuts:
        one = counting(start, count)
        every = collect(all_of_them, [one])
        assert collect(newest, [one], newest_only=True) == every[-1:]
        skipped += max(len(every) - 1, 0)
        start += count
    assert newest.skipped == skipped


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 300)), min_size=1, max_size=9),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_the_windows_that_follow_are_announced_before_them(blocks, length, hop):
    window, start, announced = Window(length, hop, CHANNELS, bridge=1), 0, list[np.ndarray]()
    for gap, count in blocks:
        start += gap
        for _, view in window.push(counting(start, count), on_windows=lambda coming: announced.extend(coming.copy())):
            assert np.array_equal(announced.pop(0), view)
        start += count
        assert not announced


def test_a_window_is_there_with_the_sample_that_completes_it():
    window = Window(4, 2, CHANNELS)
    assert collect(window, [counting(0, 3)]) == []
    assert collect(window, [counting(3, 1)]) == [(4, [0, 1, 2, 3])]


def test_a_long_gap_restarts_so_that_no_window_spans_it():
    window = Window(4, 2, CHANNELS, bridge=1)
    ends = collect(window, [counting(0, 5), counting(9, 5)])
    assert ends == [(4, [0, 1, 2, 3]), (13, [9, 10, 11, 12])]
    assert (window.gaps, window.lost) == (1, 4)


def test_a_short_gap_is_bridged_with_the_last_sample():
    window = Window(4, 2, CHANNELS, bridge=2)
    assert collect(window, [counting(0, 3), counting(5, 1)]) == [(4, [0, 1, 2, 2]), (6, [2, 2, 2, 5])]
    assert window.lost == 2


def test_samples_that_come_twice_are_dropped():
    window = Window(4, 2, CHANNELS)
    assert collect(window, [counting(0, 3), counting(1, 2), counting(2, 2)]) == [(4, [0, 1, 2, 3])]


def test_reset_forgets_everything():
    window = Window(4, 2, CHANNELS)
    collect(window, [counting(0, 3)])
    window.reset()
    assert collect(window, [counting(50, 4)]) == [(54, [50, 51, 52, 53])]
    assert window.gaps == 0


@pytest.mark.parametrize(("length", "hop"), [(0, 1), (1, 0)])
def test_a_window_of_nothing_is_refused(length, hop):
    with pytest.raises(ValueError, match="at least one sample"):
        Window(length, hop, CHANNELS)
