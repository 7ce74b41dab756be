import time

import numpy as np
import pytest
from patience import patient

from emgctl.errors import FileError
from emgctl.plugin import EndOfRecording
from emgctl.testing import check_input
from emgctl_replay.replay import Replay


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, samples=np.repeat(np.arange(100.0)[:, None], 2, axis=1), rate_hz=200)
    return path


def replay(path, **options):
    source = Replay(Replay.Options.model_validate({"path": path, **options}))
    source.open()
    return source


def play(source, most=10_000):
    values: list[float] = []
    while len(values) < most:
        try:
            block = source.read(1.0)
        except EndOfRecording:
            break
        assert block.start == len(values)
        values += block.samples[:, 0].tolist()
    return values


def test_contract(path):
    check_input(Replay, Replay.Options(path=path))


@pytest.mark.parametrize("options", [{"speed": "max"}, {"speed": 50}, {"speed": "max", "packet": 7}])
def test_everything_is_played_once_in_order(path, options):
    assert play(replay(path, **options)) == list(range(100))


def test_a_part_and_a_loop(path):
    assert play(replay(path, speed="max", from_s=0.1, to_s=0.2)) == list(range(20, 40))
    assert play(replay(path, speed="max", loop=True, packet=40), 250)[95:105] == [95, 96, 97, 98, 99, 0, 1, 2, 3, 4]


def test_real_speed_is_the_recorded_clock_without_drift(path):
    source = replay(path)
    begun_s = time.perf_counter()
    play(source)
    assert 0.49 <= time.perf_counter() - begun_s < patient(1.5)


def test_silence_before_a_block_is_due(path):
    source = replay(path, packet=50)
    assert source.read(0.01) is None
    assert len(source.read(5).samples) == 50


def test_a_part_that_is_not_there(path):
    with pytest.raises(FileError, match=r"contains nothing from 9 s: it is 0\.5 s long"):
        replay(path, from_s=9)


def test_recordings_of_different_signals_are_not_one_stream(tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n")
    (tmp_path / "b.csv").write_text("1,2,3\n")
    with pytest.raises(FileError, match="has 3 channels"):
        replay(tmp_path)


def test_a_cue_plays_the_segments_of_its_label_from_one_that_was_not_played_yet(tmp_path):
    labels = np.repeat([0, 1, 0, 1, 0], 20)
    samples = np.repeat(np.arange(100.0)[:, None], 2, axis=1)
    np.savez(tmp_path / "a.npz", samples=samples, rate_hz=200, labels=labels, label_names=["rest", "fist"])
    source = replay(tmp_path / "a.npz", speed="max", packet=10)
    assert play(source, 10) == list(range(10))
    for label, expected in (
        ("rest", [40, 50, 86, 96, 6, 16]),
        ("fist", [20, 30, 66, 76, 26, 36]),
        ("rest", [80, 90, 6, 16, 46, 56]),
    ):
        source.cue(label)
        assert [source.read(1).samples[0, 0] for _ in range(6)] == expected
