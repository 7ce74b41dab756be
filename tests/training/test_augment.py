"""More windows of a grid: as many again, each moved by an electrode, some electrodes filled in."""

import numpy as np

from emgctl.training.data.augment import augmented
from emgctl.training.data.training_set import LabelledWindows

GRID = (3, 4)


def part(count=200):
    """Windows whose electrodes each have their own value."""
    windows = np.tile(np.arange(12, dtype=np.float32), (count, 5, 1))
    return LabelledWindows(windows, np.arange(count, dtype=np.int16) % 3, np.full(count, 7, np.int16))


def test_every_copy_is_of_a_neighbor_and_has_its_label():
    one = part()
    more = augmented(one, GRID, wraps=False, seed=1)
    assert np.array_equal(more.windows[:200], one.windows)
    assert np.array_equal(more.labels, np.tile(one.labels, 2))
    assert more.sessions is not None
    assert len(more.sessions) == 400
    assert more.force_n is None
    away = np.abs(more.windows[200:, 0, 5] - 5)  # an electrode inside: of a neighbor, or filled in by its neighbors
    assert ((away == 1) | (away == 4)).mean() > 0.7
    assert more.windows.min() >= 0
    assert more.windows.max() <= 11


def test_the_same_seed_gives_the_same_windows_and_another_one_others():
    one = part()
    first, again, other = (augmented(one, GRID, wraps=True, seed=seed).windows for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_of_many_windows_none_are_added():
    many = LabelledWindows(np.zeros((20_001, 1, 12), np.float32), np.zeros(20_001, np.int16))
    assert augmented(many, GRID, wraps=True, seed=1) is many
