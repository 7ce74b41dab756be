"""The pair: activations that were not meant, counted by what the person did, beside gestures recognized."""

import json

import command_line
import numpy as np
import pytest
from present import present

import emgctl
from emgctl.training.evaluation.pair import Timeline, operating_point
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording
from emgctl.types import Recording, Signal

NAMES = ("rest", "fist", "open", "pinch")
LABELS = NAMES[:3]  # the model's; it does not know a pinch
RATE_HZ, HOP = 200.0, 10
CUES = np.repeat([0, 1, 0, 2, 0, 3, 0], 1000)


def timeline(labels=CUES, small=None, late_s=0.0, early=0):
    """A recording whose muscles begin ``late_s`` after the cue, or ``early`` samples before it."""
    labels = np.asarray(labels, np.int16)
    loud = np.roll(labels > 0, round(late_s * RATE_HZ) - early)
    noise = np.random.default_rng(1).normal(0, 1, (len(labels), 8))
    samples = (noise * np.where(loud, 10, 1)[:, None]).astype(np.float32)
    recording = Recording("a", Signal(8, RATE_HZ), samples, "a", labels, NAMES, small_movements=small)
    last = np.arange(39, len(labels), HOP)
    truth = np.where(labels[last] < 3, labels[last], UNKNOWN).astype(np.int64)
    certain = np.zeros((len(last), 3), np.float32)
    stream = DecodedRecording(recording, last, truth, certain, np.ones(len(last), np.float32))
    return Timeline.of_cues(stream, 0, guard_s=0.5)


def at(one, seconds):
    return int(np.searchsorted(one.stream.last, round(seconds * RATE_HZ)))


def decisions(one, *spans):
    """Rest, but for the spans: label, and from when to when in seconds."""
    decided = np.zeros(len(one.stream.last), np.int64)
    for label, begin_s, end_s in spans:
        decided[at(one, begin_s) : at(one, end_s)] = label
    return decided


def measured(one, *spans, stable_s=0.3):
    return operating_point(0.6, [one], [decisions(one, *spans)], LABELS, stable_s)


BOTH = ((1, 5.2, 10.0), (2, 15.2, 20.0))


def test_a_gesture_is_recognized_within_a_second_of_the_muscles_onset():
    one = timeline(late_s=0.4)
    found = measured(one, (1, 5.6, 10.0), (2, 16.2, 20.0))  # 0.2 and 0.8 s after the muscle
    assert found.recognized == 1.0
    assert found.delays_s == pytest.approx([0.2, 0.8], abs=0.08)  # a hop and half the envelope's width
    late = measured(one, (1, 5.6, 10.0), (2, 16.6, 20.0))  # 1.2 s after it
    assert late.gestures == {"fist": (1, 1), "open": (0, 1)}
    assert late.as_json()["recognized"] == 0.5


def test_an_onset_before_the_cue_is_found():
    one = timeline(early=100)  # the muscle works half a second before its cue
    assert [gesture.onset for gesture in one.gestures] == pytest.approx([900, 2900], abs=12)
    assert measured(one, (1, 5.2, 9.5), (2, 15.7, 19.5)).gestures == {"fist": (1, 1), "open": (0, 1)}


def test_what_flickers_is_not_recognized_until_it_is_stable():
    one = timeline()
    flickering = ((1, 5.1, 5.3), (1, 5.4, 5.6), (1, 5.7, 10.0), (2, 15.2, 20.0))
    assert measured(one, *flickering).delays_s == pytest.approx([0.7, 0.2], abs=0.08)
    assert measured(one, *flickering, stable_s=0.1).delays_s == pytest.approx([0.1, 0.2], abs=0.08)
    assert measured(one, (1, 5.1, 5.3), *BOTH[1:]).recognized == 0.5


def test_a_gesture_without_rest_before_it_counts_from_its_cue():
    one = timeline(np.repeat([0, 1, 2, 0], 1000))
    assert [gesture.onset is None for gesture in one.gestures] == [False, True]
    found = measured(one, (1, 5.2, 10.3), (2, 10.3, 15.0))
    assert found.recognized == 1.0
    assert len(found.delays_s) == 1
    assert measured(one, (1, 5.2, 11.3), (2, 11.3, 15.0)).recognized == 0.5


def test_activations_are_counted_by_what_the_person_did():
    small = np.zeros(len(CUES), np.bool_)
    small[:600] = True  # 3 s of small movements, labelled rest
    one = timeline(small=small)
    found = measured(one, (1, 1.0, 1.2), (1, 3.7, 3.9), (2, 4.0, 4.1), *BOTH, (1, 26.0, 27.0), (2, 27.0, 28.0))
    assert found.activations == {"rest": 2, "small_movements": 1, "foreign": 2, "daily": 0}
    assert found.hours["small_movements"] == pytest.approx(2.8 / 3600, rel=0.05)  # 3 s without the first window
    assert found.hours["foreign"] == pytest.approx(5 / 3600, rel=0.02)
    assert found.per_hour["foreign"] == pytest.approx(2 * 3600 / 5, rel=0.02)
    assert found.per_hour["daily"] is None
    assert found.recognized == 1.0


def test_reactions_to_a_cue_and_what_comes_just_before_it_are_no_activations_at_rest():
    one = timeline()
    assert measured(one, (1, 4.7, 10.3), (2, 14.8, 20.2), (1, 20.3, 20.4)).activations["rest"] == 0


def test_everything_counts_in_daily_activities():
    one = timeline()
    daily = Timeline.of_daily(one.stream, 0)
    found = operating_point(0.6, [one, daily], [decisions(one, *BOTH), decisions(daily, *BOTH)], LABELS)
    assert found.activations["daily"] == 2
    assert found.hours["daily"] == pytest.approx(35 / 3600, rel=0.02)
    assert found.gestures == {"fist": (1, 1), "open": (1, 1)}


def test_a_decision_before_lost_samples_is_not_stable_because_of_one_behind_them():
    one = timeline()
    kept = np.ones(len(one.stream.last), np.bool_)
    kept[at(one, 5.3) : at(one, 6.5)] = False
    stream = one.stream
    part = DecodedRecording(
        stream.recording, stream.last[kept], stream.truth[kept], stream.probabilities[kept], stream.intensity[kept]
    )
    gap = Timeline.of_cues(part, 0, guard_s=0.5)
    assert operating_point(0.6, [gap], [decisions(one, *BOTH)[kept]], LABELS, 0.3).gestures["fist"] == (0, 1)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A folder with data like those of many people, with a walk, and a model of three of the labels."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    strong = np.array([[1] * 8, [9, 9, 1, 1, 1, 1, 1, 1], [1, 1, 1, 9, 9, 1, 1, 1], [1, 1, 9, 9, 1, 1, 1, 1]])
    for part, seed_labels in (
        ("train", np.repeat([0, 1, 0, 2] * 3, 600)),
        ("test", np.repeat([0, 0, 1, 0, 2, 0, 3], 600)),
    ):
        asked = np.ones(len(seed_labels), np.int8)
        asked[:600] = part == "train"  # the first segment of the test is small movements
        samples = np.clip(rng.normal(0, 3, (len(seed_labels), 8)) * strong[seed_labels], -127, 127).astype(np.int8)
        np.savez(folder / f"{part}.npz", samples=samples, labels=seed_labels, label_names=np.array(NAMES), asked=asked)
    np.savez(folder / "walk.npz", samples=np.clip(rng.normal(0, 8, (4000, 8)), -127, 127).astype(np.int8))
    model = emgctl.train(str(folder / "train.npz"), "lda", rest="rest").save(folder / "m.onnx")
    return folder, model


def evaluated(people, **options):
    folder, model = people
    return emgctl.evaluate(
        model, str(folder / "test.npz"), continuous=True, without=["pinch"], daily=str(folder / "walk.npz"), **options
    )


@pytest.mark.slow
def test_the_pair_of_a_model(people):
    found = evaluated(people, recall=0.9, postprocessing={"enter": 0.7, "min_dwell_s": 0.2})
    pair = present(found.continuous)["pair"]
    assert pair["minutes"]["daily"] == pytest.approx(20 / 60, rel=0.02)
    assert pair["minutes"]["small_movements"] > 0.03
    assert (pair["gestures"], pair["current"]["enter"]) == (2, 0.7)
    shares = [point["recognized"] for point in pair["curve"]]
    assert shares[0] == 1.0
    assert [point["enter"] for point in pair["curve"]][-2:] == [0.9999, 1.0]
    assert pair["at_target_recognized"]["recognized"] >= 0.9
    assert pair["accepted_activations_per_hour_of_rest"] == 60
    assert "of daily activities" in str(found)
    assert "90 % recognized" in str(found)
    json.dumps(pair)


@pytest.mark.slow
def test_a_label_of_small_movements_is_counted_as_such(people):
    folder, model = people
    found = emgctl.evaluate(model, str(folder / "test.npz"), continuous=True, small_movements=["pinch"])
    pair = present(found.continuous)["pair"]
    assert pair["minutes"]["foreign"] == 0
    assert pair["minutes"]["small_movements"] == pytest.approx((3 + 3 - 1) / 60, rel=0.1)
    with pytest.raises(emgctl.UsageError, match=r"no label 'pinsh' to count as small movements.*did you mean 'pinch'"):
        emgctl.evaluate(model, str(folder / "test.npz"), continuous=True, small_movements=["pinsh"])
    with pytest.raises(emgctl.UsageError, match="daily needs continuous=True"):
        emgctl.evaluate(model, str(folder / "test.npz"), daily=str(folder / "walk.npz"))


def test_the_profile_gives_the_hop_and_a_decision_at_every_packet_is_sooner(people, tmp_path):
    folder, model = people
    figures = {}
    for name, hop in (("usual", ""), ("packet", ", hop_s: 0.01")):
        profile = folder / f"{name}.yaml"
        profile.write_text(
            f"emgctl: 1\ninput: {{kind: synthetic}}\ndecoder: {{kind: classifier, model: m.onnx{hop}}}\n"
            "mapping: {fist: [{do: hold, button: a}]}\noutputs: [{kind: console}]\n"
        )
        options = [
            "--continuous",
            "--exclude-label",
            "pinch",
            "--profile",
            profile,
            "--json",
            tmp_path / f"{name}.json",
        ]
        done = command_line.emgctl("eval", model, folder / "test.npz", *options)
        assert done.returncode == 0, done.stderr
        figures[name] = json.loads((tmp_path / f"{name}.json").read_text())["continuous"]
    assert [one["hop_ms"] for one in figures.values()] == [50, 10]
    delays = [one["pair"]["current"]["delay_ms"]["median"] for one in figures.values()]
    assert delays[1] <= delays[0]


def test_the_picture_has_words_for_those_who_cannot_see_it(people, tmp_path):
    page = evaluated(people).report(tmp_path / "pair.html").read_text(encoding="utf-8")
    assert "Activations that were not meant, and gestures recognized, by threshold. lowest threshold: 100 %" in page
    assert "daily activities" in page
