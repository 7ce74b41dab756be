"""One way to state what files lack: options of every command, a small file beside the data, and the input replay."""

import json

import numpy as np
import pytest
from command_line import emgctl
from tables import rows, signal

import emgctl as api
from emgctl.errors import FileError, UsageError

VALUES = signal(3, 600, scale=0.5)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "fist_2.csv"
    path.write_text(rows(VALUES, np.repeat([0, 1, 2], 200)))
    return path


def info(*arguments):
    done = emgctl("data", "info", *map(str, arguments), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["recordings"][0]


def test_the_options_state_rate_unit_columns_and_labels(file):
    found = info(file, "--rate", "1000", "--unit", "mV", "--columns", "3,1", "--label-column", "4")
    assert (found["rate_hz"], found["unit"], found["channels"]) == (1000, "uV", 2)
    assert found["labels_s"] == {"0": 0.2, "1": 0.2, "2": 0.2}
    assert found["range"] == pytest.approx([1000 * VALUES[:, [0, 2]].min(), 1000 * VALUES[:, [0, 2]].max()])
    assert info(file, "--labels-from", "file:{label}_{repetition}.csv")["labels_s"] == {"fist": 3.0}
    assert info(file, "--labels-from", "file:{label}_{repetition}")["repetitions"] == [2]
    assert info(file, "--labels-from", "folder")["labels_s"] == {file.parent.name: 3.0}
    assert info(file, "--label-column", "none")["labels_s"] == {}


def test_a_file_beside_the_data_states_the_same(file):
    beside = file.with_name("fist_2.csv.emgctl.yaml")
    beside.write_text("rate: 500\nunit: V\ncolumns: [1, 2]\nlabel-column: 4\n")
    found = info(file)
    assert (found["rate_hz"], found["unit"], found["channels"]) == (500, "uV", 2)
    assert info(file, "--rate", "1000")["rate_hz"] == 1000
    assert info(file.parent)["rate_hz"] == 500
    assert api.read(file, rate_hz=2000.0).signal.rate_hz == 2000
    beside.write_text("rat: 500\n")
    with pytest.raises(FileError, match="unknown key 'rat'"):
        api.read(file)


def test_other_formats_take_it_too(tmp_path):
    np.savez(tmp_path / "fist_1.npz", samples=VALUES)
    found = info(tmp_path / "fist_1.npz", "--rate", "1000", "--unit", "mV", "--columns", "2-3", "--labels-from", "file")
    assert (found["rate_hz"], found["unit"], found["channels"]) == (1000, "uV", 2)
    assert found["labels_s"] == {"fist": 0.6}
    with pytest.raises(UsageError, match="a label column can be named in a table of text"):
        api.read(tmp_path / "fist_1.npz", label_column="label")


def test_replay_and_its_profile_take_the_same_keys(file):
    done = emgctl("replay", str(file), "--speed", "max", "--rate", "300", "--columns", "1-2")
    assert "2 channels at 300 Hz" in done.stderr
    assert done.stdout.startswith("     2.0 s  0.5 0.5")
    with api.open_input(file, rate_hz=400, unit="mV", columns="1", label_column="none") as replay:
        assert str(replay.signal) == "1 channels at 400 Hz in uV"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns", "9"], "column 9 is not there: there are 4"),
        (["--columns", "1,1"], "column 1 is named twice"),
        (["--unit", "W"], "unit"),
        (["--labels-from", "file:x"], "has no {label}"),
        (["--labels-from", "file:{label}-*"], "the name does not fit"),
        (["--label-column", "gesture"], "there is no column 'gesture'"),
    ],
)
def test_what_does_not_fit_is_refused(file, options, message):
    done = emgctl("data", "info", str(file), *options)
    assert done.returncode == 2
    assert message in done.stderr


def test_long_lists_are_summed_up_and_gaps_are_no_nan(tmp_path):
    text = rows(np.where(np.arange(600)[:, None] % 50, VALUES, np.nan), np.repeat(np.arange(100), 6))
    (tmp_path / "a.csv").write_text("emg1,emg2,emg3,repetition\n" + text)
    assert "0-99" in emgctl("data", "info", str(tmp_path / "a.csv")).stdout
    assert "NaN" not in emgctl("data", "info", str(tmp_path / "a.csv"), "--json").stdout


def test_a_device_has_nothing_to_state():
    done = emgctl("check", "--profile", "profiles/demo.yaml", "--input", "synthetic", "--rate", "100")
    assert done.returncode == 2
    assert "input 'synthetic' plays no recording" in done.stderr
