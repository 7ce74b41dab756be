"""data plot, data embed and data movie: what they write, of what they are given."""

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from present import present

from emgctl.cli import cli
from emgctl.errors import DeviceError, ModelError, UsageError
from emgctl.explore.decode import decoded
from emgctl.explore.embedding import embed
from emgctl.explore.spectrum import spectrum
from emgctl.explore.timelines import levels
from emgctl.explore.view import extremes, view
from emgctl.handmodel.drawing.movie import movie
from emgctl.handmodel.joints import JOINTS
from emgctl.plugin import Decoder, Options, WindowSpec
from emgctl.recording.convert import write_recording
from emgctl.types import Gesture, Pose, PoseTrack, Recording, Signal

NAMES = ("rest", "fist", "point")


def recording(seconds=9, rate_hz=200.0, channels=4, pose=True, unit="uV", lost=False):
    """Three labels in turn, of which each has its own muscles and its own pose."""
    rng, count = np.random.default_rng(0), round(seconds * rate_hz)
    labels = (np.arange(count) * 9 // count % 3).astype(np.int16)
    loud = np.array([np.ones(channels), 10 + 20 * (np.arange(channels) % 2), 30 - 20 * (np.arange(channels) % 2)])
    samples = (rng.normal(size=(count, channels)) * loud[labels]).astype(np.float32)
    if lost:
        samples[count // 2 : count // 2 + 20] = np.nan
    angles = np.array([np.zeros(20), np.full(20, 0.9), np.arange(20) / 20])[labels].astype(np.float32)
    return Recording(
        "one.h5", Signal(channels, rate_hz, unit), samples, "one.h5", labels, NAMES,
        (np.arange(count) * 3 // count).astype(np.int16), subject="ann",
        pose=PoseTrack(JOINTS, angles) if pose else None,
    )  # fmt: skip


def run(*arguments):
    return CliRunner().invoke(cli, ["data", *map(str, arguments)])


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "one.h5"
    write_recording(path, recording())
    return path


@pytest.mark.slow
def test_plot_writes_pictures_and_numbers(file, tmp_path):
    page, picture, told = tmp_path / "one.html", tmp_path / "one.png", tmp_path / "one.json"
    done = run("plot", file, "--start", 1, "--seconds", 7, "-o", page, "-o", picture, "--json", told)
    assert done.exit_code == 0, done.output
    assert "median Hz" in done.output
    text = page.read_text()
    titles = re.findall("<h2>([^<]*)</h2>", text)
    assert titles[1:] == ["Signals", "Power spectral density", "Strength over time", "Joint angles"]
    assert text.count("data:image/png;base64,") == 4
    assert "http" not in text.replace("http://www.w3.org", "")  # it needs no other file
    with Image.open(picture) as image:
        assert (image.format, image.width) == ("PNG", 1500)
    (one,) = json.loads(told.read_text())["recordings"]
    assert (one["from_s"], one["to_s"], len(one["channels"])) == (1.0, 8.0, 4)
    assert one["joints_deg"]["index_pip_fe"]["greatest"] == pytest.approx(np.degrees(0.9))


@pytest.mark.parametrize(("rate_hz", "seconds"), [(50.0, 0.2), (2000.0, 3.0)])
def test_plot_takes_slow_fast_short_and_torn_recordings(rate_hz, seconds, tmp_path, monkeypatch):
    write_recording(tmp_path / "two.h5", recording(seconds, rate_hz, 1, pose=False, unit="count", lost=seconds > 1))
    monkeypatch.chdir(tmp_path)
    done = run("plot", "two.h5")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "two.plot.html").exists()
    assert ("Power spectral" in (tmp_path / "two.plot.html").read_text()) == (seconds > 1)


@given(arrays(np.float32, st.tuples(st.integers(1, 300), st.just(2)), elements=st.floats(-9, 9, width=32)))
def test_no_peak_is_lost_however_much_is_thinned(values):
    places, thin = extremes(values, columns=10)
    assert len(places) == len(thin) <= max(20, min(len(values), 20))
    assert np.array_equal(thin.max(axis=0), values.max(axis=0))
    assert np.array_equal(thin.min(axis=0), values.min(axis=0))
    assert (np.diff(places) > 0).all()
    assert places[-1] <= len(values)


@pytest.mark.parametrize("rate_hz", [100.0, 333.0, 2000.0])
def test_a_sine_is_a_peak_of_its_power(rate_hz):
    from scipy.signal import welch

    time_s = np.arange(round(3.7 * rate_hz)) / rate_hz
    rng = np.random.default_rng(0)
    samples = np.stack((np.sin(2 * np.pi * 20 * time_s), rng.normal(size=len(time_s))), axis=1).astype(np.float32)
    found = spectrum(view(Recording("s", Signal(2, rate_hz), samples, "s"), None))
    assert found.hz[np.argmax(found.density[:, 0])] == 20
    assert found.density[:, 0].sum() * found.hz[1] == pytest.approx(0.5, rel=0.01)
    length = round(rate_hz)
    hz, density = welch(samples.astype(float), rate_hz, nperseg=length, noverlap=length - length // 2, axis=0)
    assert found.hz == pytest.approx(hz)
    assert found.density == pytest.approx(density)


def test_mains_is_found_and_lost_samples_are_left_out():
    one = recording(4, 1000.0, 2, pose=False)
    hum = 100 * np.sin(2 * np.pi * 60 * np.arange(4000) / 1000)
    samples = one.samples + np.stack((hum, 0 * hum), axis=1).astype(np.float32)
    samples[1500:1600] = np.nan
    found = spectrum(view(Recording("s", one.signal, samples, "s"), None))
    assert found.mains_hz == 60
    assert found.mains[0] > 0.9 > 0.2 > found.mains[1]
    assert np.isfinite(found.density).all()
    with pytest.raises(UsageError, match="too few for a spectrum"):
        spectrum(view(Recording("s", one.signal, samples[:9], "s"), None))


def test_levels_are_the_rms_of_a_signal_and_the_mean_of_an_envelope():
    one = recording(9, 200.0, 2, pose=False)
    level, name = levels(view(one, None))
    assert (name, level.shape) == ("RMS", (90, 2))
    assert level[one.labels[10::20] == 1].mean(axis=0) == pytest.approx([10, 30], rel=0.1)
    envelope = np.abs(one.samples) * (np.arange(len(one.samples)) % 600 < 200)[:, None]
    offset = Recording("o", one.signal, one.samples + 512, "o")
    assert levels(view(offset, None))[1] == "RMS"
    level, name = levels(view(Recording("e", one.signal, envelope, "e"), None))
    assert name == "mean level"
    assert float(level[0, 0]) == pytest.approx(envelope[:20, 0].mean())


def test_embed_finds_what_was_put_there(file, tmp_path):
    page, picture = tmp_path / "e.html", tmp_path / "e.png"
    done = run("embed", file, "-o", page, "-o", picture, "--json", "-")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["windows"], found["labels"], len(found["centres"])) == (81, list(NAMES), 3)
    assert found["agreement"] > 0.95
    assert sum(found["explained_variance"]) > 0.95
    counts = np.array(found["counts"])
    assert counts.sum(axis=0).tolist() == [27, 27, 27]
    fist = int(np.argmax(counts[:, 1]))
    assert found["poses_rad"][fist] == pytest.approx([0.9] * 20)
    (hands,) = re.findall('<svg xmlns.*?role="img".*</svg>', page.read_text())
    bones = [one for one in ET.fromstring(hands).iter() if one.get("class") == "bone"]
    assert len(bones) == 3 * 20
    assert Image.open(io.BytesIO(picture.read_bytes())).height > 1500


def test_embed_takes_what_has_no_labels_and_a_glove_in_part():
    one = recording(pose=False)
    plain = Recording("plain", one.signal, one.samples, "plain")
    found = embed([plain], clusters=3)
    assert (found.windows.label_names, found.poses_rad) == (("unlabelled",), None)
    assert found.as_json()["agreement"] is None
    assert (np.diff(found.counts[:, 0]) <= 0).all()  # the largest first
    again = embed([plain], clusters=3)
    assert np.array_equal(found.clusters, again.clusters)
    values = np.array(recording().pose.values)
    values[one.labels == 2] = np.nan
    part = Recording("part", one.signal, one.samples, "part", one.labels, NAMES, pose=PoseTrack(JOINTS, values))
    poses = embed([part], clusters=3).poses_rad
    assert np.isnan(present(poses)).all(axis=1).sum() == 1
    envelope = np.abs(one.samples) * (np.arange(len(one.samples)) % 600 < 200)[:, None]
    assert len(embed([Recording("e", one.signal, envelope, "e")], clusters=2).points) == 89


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plot", "FILE", "-o", "x.pdf"], "must end in .html or .png"),
        (["plot", "FILE", "--start", 99], "ends at 9 s, before the requested start at 99 s"),
        (["plot", "FILE", "--seconds", 0.0001], "less than one sample"),
        (["plot", "FILE", "--recording", "two*"], "no recording has this name"),
        (["plot", "nobody.h5"], "does not exist"),
        (["embed", "FILE", "--features", "log_rm"], "did you mean 'log_rms'"),
        (["embed", "FILE", "--clusters", 90], "too few for 90 clusters"),
        (["movie", "FILE", "-o", "x.avi"], "must end in .mp4 or .gif"),
        (["movie", "FILE", "--size", "48"], "is not a size in pixels"),
        (["movie", "FILE", "--size", "65x64"], "even numbers"),
    ],
)
def test_wrong_requests_are_said_in_a_line(file, arguments, message):
    done = run(*[file if one == "FILE" else one for one in arguments])
    assert done.exit_code in (1, 2)
    assert message in done.output
    assert "Traceback" not in done.output


def test_a_film_has_a_frame_every_25th_of_a_second(file, tmp_path):
    from imageio import v2

    imageio: Any = v2  # whose readers have no type of their own
    out = tmp_path / "hand.mp4"
    done = run("movie", file, "--predicted", file, "--start", 3, "--seconds", 2, "--size", "128x96", "-o", out)
    assert (done.exit_code, "50 frames, 2 s" in done.output) == (0, True), done.output
    with imageio.get_reader(out) as film:
        assert film.count_frames() == 50
        assert film.get_meta_data()["size"] == (128, 96)
        frame = film.get_data(10)
    left, right = frame[:, :64].astype(int), frame[:, 64:].astype(int)
    assert (left[..., 2] - left[..., 0] > 20).any()  # the true hand is blue
    assert (right[..., 0] - right[..., 2] > 20).any()  # the predicted one orange
    assert [one.name for one in tmp_path.iterdir()] == ["hand.mp4"]


def test_a_gif_moves_with_the_pose_and_leaves_out_what_is_not_known(tmp_path):
    values = np.linspace(0, 1, 60)[:, None] * np.ones(20)
    values[30:] = np.nan
    track = PoseTrack(JOINTS, values.astype(np.float32))
    assert movie(tmp_path / "a.gif", None, track, 60.0, size=(96, 96), side="left") == 25
    with GifImageFile(tmp_path / "a.gif") as film:
        film.seek(5)
        moved = np.asarray(film.convert("RGB"))
        film.seek(film.n_frames - 1)
        empty = np.asarray(film.convert("RGB"))
    colored = [(one.max(axis=2) - one.min(axis=2) > 40).sum() for one in (moved, empty)]
    assert colored[0] > 300 > 5 > colored[1]


def test_films_that_can_not_be(tmp_path, monkeypatch):
    track = PoseTrack(JOINTS, np.zeros((50, 20), np.float32))
    with pytest.raises(UsageError, match="no pose to render"):
        movie(tmp_path / "a.mp4", None, None, 50.0)
    with pytest.raises(UsageError, match="differ in length"):
        movie(tmp_path / "a.mp4", track, PoseTrack(JOINTS, np.zeros((9, 20), np.float32)), 50.0)
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(DeviceError, match=r'pip install "emgctl\[movie\]"'):
        movie(tmp_path / "a.mp4", track, None, 50.0)
    assert not list(tmp_path.iterdir())
    write_recording(tmp_path / "none.h5", recording(1, pose=False))
    done = run("movie", tmp_path / "none.h5", "-o", tmp_path / "x.gif")
    assert (done.exit_code, "one.h5 has no pose" in done.output) == (2, True)


class Counting(Decoder):
    """Says how many steps it has seen since it was reset; decides nothing else."""

    kind = "counting"
    gestures = False

    def open(self):
        return WindowSpec(Signal(4, 200.0, "uV"), 10, 10, stateful=True)

    def reset(self):
        self.steps = 0

    def decode(self, window, window_end_s):
        if self.gestures:
            return Gesture("rest", 1.0, {}, 0.0, window_end_s)
        self.steps += 1
        return Pose(("index_pip_fe",), np.array([self.steps], np.float32), window_end_s)


def test_a_decoded_pose_is_the_latest_of_each_sample_and_begins_anew_after_a_gap():
    one = recording(1, lost=True)  # samples 100 to 119
    track = decoded(Counting(Options()), one, Path("m.onnx"))
    assert track.joints == ("index_pip_fe",)
    values = track.values[:, 0]
    assert np.isnan(values[:9]).all()
    assert values[[9, 18, 19, 98, 99, 108]].tolist() == [1, 1, 2, 9, 10, 10]
    assert np.isnan(values[110:129]).all()
    assert values[[129, 139]].tolist() == [1, 2]
    with pytest.raises(UsageError, match="shorter than one step"):
        decoded(Counting(Options()), recording(0.04), Path("m.onnx"))
    with pytest.raises(ModelError, match="decodes 4 channels at 200 Hz in uV, but"):
        decoded(Counting(Options()), recording(channels=5), Path("m.onnx"))
    telling = Counting(Options())
    telling.gestures = True
    with pytest.raises(UsageError, match="predicts gestures"):
        decoded(telling, one, Path("m.onnx"))


def test_a_model_that_is_not_there_is_named(file, tmp_path):
    done = run("movie", file, "--model", tmp_path / "no.onnx", "-o", tmp_path / "x.gif")
    assert (done.exit_code, "no.onnx" in done.output) == (1, True)
    done = run("movie", file, "--model", "m.onnx", "--predicted", file)
    assert (done.exit_code, "use one of them" in done.output) == (2, True)
