import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emgctl.inference.decision_stream import DecisionStream
from emgctl.inference.postprocessing import Decisions, GestureRules, PostProcessing

LABELS = ("rest", "fist", "open")
shares = st.floats(0, 1)
OPTIONS = st.builds(
    PostProcessing,
    smoothing=st.sampled_from(["none", "mean", "majority", "evidence"]),
    smoothing_windows=st.integers(1, 6),
    enter=st.floats(0, 0.95),
    stay=shares,
    min_dwell_s=st.sampled_from([0.0, 0.1, 0.3]),
    rest_below_intensity=st.sampled_from([0.0, 0.4]),
    gestures=st.dictionaries(
        st.sampled_from(LABELS),
        st.builds(GestureRules, enter=st.floats(0, 0.95), min_dwell_s=st.sampled_from([0.0, 0.2])),
    ),
)


@given(
    OPTIONS,
    st.sampled_from(["rest", "none"]),
    st.lists(st.tuples(st.sampled_from(range(3)), st.integers(1, 8), st.integers(0, 100)), min_size=1, max_size=12),
    st.integers(0, 40),
)
def test_a_whole_recording_is_decided_as_one_window_after_another(options, rest, segments, gap):
    rows, levels = [], []
    for label, count, sure in segments:
        row = np.full(3, (1 - sure / 100) / 2)
        row[label] = sure / 100
        rows += [row / row.sum()] * count
        levels += [sure / 100] * count
    probabilities, intensity = np.array(rows, np.float32), np.array(levels, np.float32)
    ends_s = 0.05 * np.arange(1, len(rows) + 1, dtype=np.float64)
    begins = sorted({0, min(gap, len(rows) - 1)})
    decisions, expected = Decisions(options, LABELS, rest), []
    for place, (row, level, end_s) in enumerate(zip(probabilities, intensity.tolist(), ends_s.tolist(), strict=True)):
        if place in begins:
            decisions.reset()
        expected.append(decisions.decide(row, level, end_s).label)
    stream = DecisionStream.of(probabilities, intensity, ends_s, begins, options)
    found = stream.decided(options, LABELS, rest)
    assert [(*LABELS, rest)[place] for place in found.tolist()] == expected
