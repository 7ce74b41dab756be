import numpy as np

from emgctl.dsp.runs import changes, runs, true_runs


def test_runs_of_labels_begin_and_end_where_the_label_changes():
    labels = np.array([3, 3, -1, -1, -1, 3], np.int16)
    assert changes(labels).tolist() == [2, 5]
    assert runs(labels) == [(0, 2), (2, 5), (5, 6)]


def test_a_run_ends_where_any_of_several_sequences_changes():
    labels, repetitions = np.array([0, 0, 1, 1]), np.array([1, 2, 2, 2])
    assert changes(labels, repetitions).tolist() == [1, 2]
    assert runs(labels, repetitions) == [(0, 1), (1, 2), (2, 4)]


def test_the_ends_of_the_range_of_integers_differ():
    assert runs(np.array([-32768, 32767], np.int16)) == [(0, 1), (1, 2)]


def test_runs_of_true_reach_the_edges():
    assert true_runs(np.array([True, False, False, True, True])) == [(0, 1), (3, 5)]
    assert true_runs(np.zeros(3, np.bool_)) == []


def test_nothing_has_no_runs():
    empty = np.empty(0, np.int16)
    assert (changes(empty).tolist(), runs(empty), true_runs(empty.astype(np.bool_))) == ([], [], [])
    assert runs(np.array([7])) == [(0, 1)]
