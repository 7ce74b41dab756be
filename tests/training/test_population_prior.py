"""`emgctl train classifier --model population`: a person's sessions update what is known of many people."""

import json
from dataclasses import replace

import numpy as np
import pytest
from command_line import emgctl

import emgctl as api
from emgctl.errors import UsageError
from emgctl.inference.model import Model
from emgctl.inference.population.features import RingFeatures

LABELS = ("rest", "fist", "extension", "wave")  # the last one is the person's own
QUIET = ("--set", "report=no")


def session(path, number, turn=0, channels=8, rate_hz=200.0, person=1, labels=LABELS):
    """Two holds of each label; a gesture's power is the person's pattern over the ring, which is turned."""
    random, pattern = np.random.default_rng(number), np.random.default_rng(person)
    powers = np.concatenate([np.full((1, channels), 2.0), pattern.uniform(5, 40, (len(labels) - 1, channels))])
    cues = np.repeat([*range(len(labels))] * 2, round(2.5 * rate_hz))
    samples = np.roll(random.standard_normal((len(cues), channels)) * powers[cues], turn, axis=1)
    np.savez(path, samples=samples.round().clip(-128, 127), rate_hz=rate_hz, unit="count",
             labels=cues.astype(np.int16), label_names=np.array(labels))  # fmt: skip
    return path


def train(tmp_path, *words):
    return emgctl("train", "classifier", *words, "--out", tmp_path / "m.onnx", *QUIET)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions")
    return [session(folder / f"s{number}.npz", number) for number in range(3)]


def test_two_sessions_make_a_model_that_decodes_a_third(tmp_path, sessions):
    words = (*sessions, "--split", "file:s2.npz", "--json", tmp_path / "r.json")
    done = train(tmp_path, *words, "--prior", "population")
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "r.json").read_text())
    assert result["balanced_accuracy"] > 0.95
    card = Model.load(tmp_path / "m.onnx", kind="classifier").card
    assert (card.model, card.labels, card.rest) == ("population", LABELS, "rest")
    assert card.window - card.memory == RingFeatures().window
    first = (tmp_path / "m.onnx").read_bytes()
    assert train(tmp_path, *words, "--model", "population").returncode == 0
    assert (tmp_path / "m.onnx").read_bytes() == first
    tested = emgctl("eval", tmp_path / "m.onnx", sessions[2], "--json", "-")
    assert json.loads(tested.stdout)["balanced_accuracy"] == pytest.approx(result["balanced_accuracy"], abs=0.01)
    assert not json.loads(tested.stdout)["leaks"]
    leaky = emgctl("eval", tmp_path / "m.onnx", sessions[0])
    assert "among what m.onnx was trained on" in leaky.stdout


def test_auto_compares_it_where_it_can_be_used(tmp_path, sessions):
    out = tmp_path / "r.json"
    done = train(tmp_path, *sessions, "--model", "auto", "--set", "budget=0.2", "--split", "file:s2.npz", "--json", out)
    assert done.returncode == 0, done.stderr
    names = [one["model"] for one in json.loads(out.read_text())["compared"]]
    assert names[:2] == ["lda", "population"]
    other = session(tmp_path / "six.npz", 1, channels=6)
    assert train(tmp_path, other, "--model", "auto", "--set", "budget=0", "--json", out).returncode == 0
    assert "population" not in [one["model"] for one in json.loads(out.read_text())["compared"]]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--features", "ar"), "--features"),
        (("--set", "features=ar"), "features does not go with model population"),
        (("--window-ms", 100), "has windows of 200 ms"),
        (("--preprocess", "rectify"), "of the raw signal"),
        (("--prior", "population", "--recipe", "emg4-mlp"), "does not go with recipe emg4-mlp"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, sessions, options, sentence):
    model = () if "--prior" in options else ("--model", "population")
    done = train(tmp_path, sessions[0], *model, *options)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_another_model_a_prior_and_the_arm_do_not_go_together(tmp_path, sessions):
    done = train(tmp_path, sessions[0], "--model", "lda", "--prior", "population")
    assert "prior population does not go with model lda" in done.stderr
    done = train(tmp_path, sessions[0], "--model", "lda", "--set", "arm=left")
    assert "arm is for model population" in done.stderr


def test_another_signal_and_several_people_are_refused_with_what_to_do(tmp_path):
    other = session(tmp_path / "six.npz", 1, channels=6)
    done = train(tmp_path, other, "--model", "population")
    assert done.returncode != 0
    assert "rings of 8 electrodes at 200 Hz" in done.stderr
    assert "emgctl population fit" in done.stderr
    files = [session(tmp_path / f"{name}-1.npz", number) for number, name in enumerate(("ann", "ben"))]
    two = [replace(api.read(file), subject=file.stem) for file in files]
    with pytest.raises(UsageError, match="of one person, and these recordings are of 2"):
        api.train(two, "population")


def test_a_population_of_ones_own_is_begun_from_and_its_people_are_recognized(tmp_path):
    names = ["ann-1", "ann-2", "ben-1", "cleo-1"]
    people = [session(tmp_path / f"{name}.npz", number, person=ord(name[0]), channels=6, labels=LABELS[:3])
              for number, name in enumerate(names)]  # fmt: skip
    fitted = emgctl("population", "fit", *people, "--out", tmp_path / "ours.npz")
    assert fitted.returncode == 0, fitted.stderr
    new = session(tmp_path / "new.npz", 9, channels=6, labels=LABELS[:3])
    done = train(tmp_path, new, "--model", "population", "--set", f"population={tmp_path / 'ours.npz'}")
    assert done.returncode == 0, done.stderr
    leaky = emgctl("eval", tmp_path / "m.onnx", people[2])
    assert "among what the population was fitted on" in leaky.stdout
    assert "among" not in emgctl("eval", tmp_path / "m.onnx", session(tmp_path / "x.npz", 77, channels=6,
                                                                      labels=LABELS[:3])).stdout  # fmt: skip
    again = train(tmp_path, people[0], "--model", "population", "--set", f"population={tmp_path / 'ours.npz'}")
    assert "among what the population was fitted on" in again.stdout
