"""Reading recordings from Python, and looking into them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import emgctl
from emgctl.recording.mne import CountsWarning

DEMO = Path(__file__).parents[2] / "profiles" / "demo.h5"
MODEL = DEMO.with_suffix(".onnx")


@pytest.fixture
def folder(tmp_path):
    """Two labelled text files of 2 s."""
    rng = np.random.default_rng(0)
    for label in (0, 1):
        rows = np.column_stack((rng.normal(0, 3, (400, 8)).round(), np.full(400, label)))
        np.savetxt(tmp_path / f"{label}.txt", rows, fmt="%d", delimiter=",")
    return tmp_path


def test_one_recording_from_a_path_or_a_str_with_or_without_its_kind():
    one = emgctl.read(DEMO)
    assert one.samples.shape == (12000, 8)
    assert one.samples.dtype == np.float32
    assert (one.signal.rate_hz, one.duration_s) == (200.0, 60.0)
    assert np.array_equal(emgctl.read(str(DEMO)).samples, one.samples)
    assert np.array_equal(emgctl.read(f"recording:{DEMO}").samples, one.samples)


def test_its_segments_cover_what_is_labelled():
    one = emgctl.read(DEMO)
    segments = one.segments()
    assert sum(segment.end_s - segment.begin_s for segment in segments) == pytest.approx(60.0)
    first = segments[0]
    assert (first.label, first.begin_s, first.end_s) == ("rest", 0.0, 1.5)


def test_its_name_length_signal_and_labels_are_shown():
    shown = repr(emgctl.read(DEMO))
    assert shown.startswith("<Recording demo.h5: 60 s, 8 channels at 200 Hz in count, labels: rest, ")


def test_read_all_gives_every_recording_and_read_the_one_that_is_named(folder):
    every = emgctl.read_all(folder)
    assert [one.name for one in every] == ["0.txt", "1.txt"]
    assert emgctl.read(folder, name="1*").name == "1.txt"
    assert [one.name for one in emgctl.read_all(folder, DEMO, exclude="0*")] == ["1.txt", "demo.h5"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda at: emgctl.read(at), emgctl.UsageError, r"holds 2 recordings \(0.txt, 1.txt\); choose one with name="),
        (lambda at: emgctl.read(at, name="2.txt"), emgctl.UsageError, "no recording '2.txt'; did you mean"),
        (lambda at: emgctl.read(at / "none.h5"), emgctl.FileError, "none.h5: does not exist"),
        (lambda at: emgctl.read(f"texd:{at}"), emgctl.UsageError, "unknown dataset 'texd'; did you mean 'text'"),
        (lambda at: emgctl.read_all(at, exclude=["*.txt"]), emgctl.UsageError, r"exclude \*.txt leaves no recording"),
        (lambda at: emgctl.read_all(), emgctl.UsageError, "no file or folder is named"),
        (lambda at: emgctl.read_all(at, at / "1.txt"), emgctl.UsageError, "1.txt is given twice"),
        (lambda at: emgctl.read_all(at / "1.txt", at / ".." / at.name / "1.txt"), emgctl.UsageError, "is given twice"),
        (lambda at: emgctl.train([at / "1.txt", at], "lda"), emgctl.UsageError, "1.txt is given twice"),
        (
            lambda at: emgctl.evaluate(MODEL, [DEMO, DEMO.parent / ".." / "profiles" / "demo.h5"]),
            emgctl.UsageError,
            "demo.h5 is given twice",
        ),
    ],
)
def test_mistakes_are_errors_of_emgctl(folder, call, error, message):
    with pytest.raises(error, match=message):
        call(folder)


def test_a_recording_of_your_own_arrays_has_the_same_methods():
    samples = np.zeros((100, 2), np.float32)
    labels = np.repeat([0, 1], 50).astype(np.int16)
    signal = emgctl.Signal(channels=2, rate_hz=100.0, unit="uV")
    one = emgctl.Recording("mine", signal, samples, "mine.csv", labels, ("rest", "fist"))
    assert [(segment.label, segment.begin_s) for segment in one.segments()] == [("rest", 0.0), ("fist", 0.5)]
    assert replace(one, name="copy").segments() == one.segments()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.zeros(99, np.int16)}, "recording 'mine': 99 labels for 100 samples"),
        ({"labels": np.full(100, 2, np.int16)}, "labels 2 to 2 of 2 names"),
        ({"labels": np.zeros(100)}, "labels of float64, not int16"),
        ({"labels": [0] * 100}, "labels of type list, not an array"),
        ({"repetitions": np.zeros(3, np.int16)}, "3 repetitions for 100 samples"),
        ({"samples": np.zeros((2, 100), np.float32)}, r"samples \(2, 100\), not \(T, 2\)"),
        ({"samples": np.zeros((100, 2))}, "samples of float64, not float32"),
        ({"source": ""}, "without a name or a source"),
        ({"signal": emgctl.Signal(channels=2, rate_hz=0.0)}, "the signal's rate is 0.0 Hz"),
        ({"signal": emgctl.Signal(channels=2, rate_hz=9.0, grid=(2, 2))}, "which is not 2 channels"),
        ({"signal": emgctl.Signal(channels=2, rate_hz=9.0, names=("a",))}, "1 names for 2 channels"),
    ],
)
def test_parts_of_a_recording_that_do_not_fit_are_refused_before_anything_is_computed(changes, message):
    labels = np.repeat([0, 1], 50).astype(np.int16)
    signal = emgctl.Signal(channels=2, rate_hz=100.0, unit="uV")
    one = emgctl.Recording("mine", signal, np.zeros((100, 2), np.float32), "mine.csv", labels, ("rest", "fist"))
    with pytest.raises(emgctl.UsageError, match=message):
        emgctl.train([replace(one, **changes)], "lda")


@pytest.mark.slow
def test_it_becomes_an_object_of_mne():
    pytest.importorskip("mne")
    one = emgctl.read(DEMO)
    raw = one.to_mne(microvolts_per_count=0.5)
    assert raw.get_channel_types() == ["emg"] * 8
    assert pytest.approx(one.samples * 0.5e-6) == raw.get_data().T
    with pytest.warns(CountsWarning):
        one.to_mne()


@pytest.mark.slow
def test_a_plot_is_shown_by_a_notebook_and_saved_as_a_page_or_a_picture(tmp_path):
    plot = emgctl.read(DEMO).plot(start_s=10, seconds=2)
    assert plot.figures["recordings"][0]["from_s"] == 10
    assert [channel["channel"] for channel in plot.figures["recordings"][0]["channels"]] == list("12345678")
    shown = plot._repr_html_()
    assert "data:image/png;base64," in shown
    assert "<h2>Signals</h2>" in shown
    assert "Signals" in repr(plot)
    plot.save(tmp_path / "demo.html", str(tmp_path / "demo.png"))
    assert "demo.h5" in (tmp_path / "demo.html").read_text()
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(emgctl.UsageError, match="the file name must end in"):
        plot.save(tmp_path / "demo.jpg")
    with pytest.raises(emgctl.UsageError, match="before the requested start at 60 s"):
        emgctl.read(DEMO).plot(start_s=60)
