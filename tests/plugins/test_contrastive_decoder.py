"""Decoder ``contrastive`` and ``emgctl select``: choosing among grasps, live and in the profile."""

import base64
import gc
import io
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import yaml
from click.testing import CliRunner
from command_line import emgctl
from free_port import free_port
from grasping import GRASPS, JOINTS, KNOWN, contrastive_model, person, poses
from patience import patient

from emgctl.cli import cli
from emgctl.errors import EmgctlError, ModelError, ProfileError, UsageError
from emgctl.inference.prototypes import CONTRAST_KEY
from emgctl.profile.load import load_profile
from emgctl.recording.convert import write_recording
from emgctl.registry import Registry
from emgctl.runtime.build import build
from emgctl.runtime.loop import run
from emgctl.types import Select
from emgctl_contrastive.contrastive import Contrastive

pytestmark = pytest.mark.slow

EMGCTL = Path(sys.executable).with_name("emgctl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of all grasps but one, a recording of all, and one of the grasp it does not know."""
    folder = tmp_path_factory.mktemp("alice")
    contrastive_model(folder / "m.onnx")
    write_recording(folder / "all.h5", person(seed=5, repetitions=2))
    write_recording(folder / "wave.h5", person(seed=6, grasps=("rest", "wave"), repetitions=2))
    torch.manual_seed(0)
    return folder


def profile(folder, name="p.yaml", outputs=None, layers=None, mapping=None, **decoder):
    content = {
        "emgctl": 1,
        "input": {"kind": "replay", "path": "all.h5", "speed": "max"},
        "decoder": {"kind": "contrastive", "model": "m.onnx", **decoder},
        "mapping": mapping or {},
        "layers": layers or {},
        "outputs": outputs or [{"kind": "log", "path": "log.csv"}],
    }
    path = folder / name
    path.write_text(yaml.safe_dump(content))
    return path


def labels_reported(path, before=lambda pipeline: None):
    """The share of right decisions by true label, and the labels that were said."""
    pipeline, found = build(load_profile(path, Registry())), []
    decode = pipeline.decoder.decode

    def watched(window, end_s):
        found.append((end_s, decode(window, end_s)))
        return found[-1][1]

    with pytest.MonkeyPatch.context() as patch, pipeline:
        patch.setattr(pipeline.decoder, "decode", watched)
        before(pipeline)
        run(pipeline, lambda: "")
    return found


def right(found, name):
    """The share of windows wholly inside a grasp that were decided as it."""
    truth = person(seed=5, repetitions=2)
    correct = []
    for end_s, gesture in found:
        end = round(end_s * 200)
        if set(truth.labels[end - 40 : end]) == {GRASPS.index(name)}:
            correct.append(gesture.label == name)
    assert correct
    return np.mean(correct)


def test_only_what_was_chosen_is_decided_and_rest_is_always_among_it(folder):
    found = labels_reported(profile(folder, select=["power", "key"]))
    assert {gesture.label for _, gesture in found} == {"rest", "power", "key"}
    assert set(found[0][1].probabilities) == {"rest", "power", "key"}
    assert sum(found[0][1].probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert right(found, "power") > 0.9
    assert right(found, "rest") > 0.9


def test_a_grasp_is_added_by_its_recording_or_by_its_pose(folder):
    by_signal = profile(folder, grasps={"wave": {"recording": "wave.h5"}}, select=["wave", "key"])
    assert right(labels_reported(by_signal), "wave") > 0.9
    joints = dict(zip(JOINTS, poses()[GRASPS.index("wave")].tolist(), strict=True))
    by_pose = profile(folder, grasps={"wave": {"pose": joints}}, select=["wave", "key"])
    assert right(labels_reported(by_pose), "wave") > 0.7


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        ({"select": ["powr", "key"]}, "select: the model has no grasp 'powr'; did you mean 'power'"),
        ({"contexts": {"eating": ["spoon"]}}, "no grasp 'spoon'"),
        ({"select": ["rest"]}, "a single grasp"),
        ({"contexts": {"a": ["b"], "b": ["key", "a"]}}, "contains itself"),
        ({"grasps": {"wave": {"pose": {"thum": 3.0}}}}, "grasp 'wave': there is no joint 'thum'; did you mean 'thumb'"),
        ({"grasps": {"wave": {"recording": "wave.h5", "label": "fist"}}}, "no sample with the label 'fist'"),
        ({"grasps": {"wave": {"recording": "nothing.h5"}}}, "does not exist"),
    ],
)
def test_what_is_wrong_is_said(folder, decoder, message):
    with pytest.raises(EmgctlError, match=message):
        build(load_profile(profile(folder, **decoder), Registry()))


@pytest.mark.parametrize(
    "grasp", [{}, {"pose": {"thumb": 1.0}, "recording": "wave.h5"}, {"recording": "../elsewhere.h5"}, {"pose": {}}]
)
def test_a_grasp_has_one_source_inside_the_profiles_folder(folder, grasp):
    with pytest.raises(ProfileError, match="wave"):
        load_profile(profile(folder, grasps={"wave": grasp}), Registry())


def test_another_kinds_model_is_refused(folder, tmp_path):
    (tmp_path / "m.onnx").write_bytes((folder / "m.onnx").read_bytes())
    path = profile(tmp_path)
    path.write_text(path.read_text().replace("kind: contrastive", "kind: classifier"))
    with pytest.raises(ModelError, match="model for decoder 'contrastive'"):
        build(load_profile(path, Registry()))


@pytest.mark.parametrize("key", ["means", "vectors", "scales", "labels", "trial", "weights"])
def test_a_model_whose_classes_do_not_belong_together_is_refused(folder, tmp_path, key):
    model = onnx.load(folder / "m.onnx")
    (entry,) = (one for one in model.metadata_props if one.key == CONTRAST_KEY)
    with np.load(io.BytesIO(base64.b64decode(entry.value))) as found:
        arrays = dict(found) | {key: found[key][:2]}
    file = io.BytesIO()
    np.savez(file, **arrays)
    entry.value = base64.b64encode(file.getvalue()).decode()
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="contains no classes"):
        Contrastive(Contrastive.Options(model=tmp_path / "m.onnx")).open()


def test_a_wish_is_followed_at_the_next_decision_and_a_wrong_one_changes_nothing(folder, caplog):
    path, choices = profile(folder, select=["power", "key"]), []

    def before(pipeline):
        bind = pipeline.bind

        def asked(prediction):
            choices.append(tuple(prediction.probabilities))
            if len(choices) == 10:
                pipeline.requests.put(Select(("tripod", "point")))
            if len(choices) == 20:
                pipeline.requests.put(Select(("nothing",)))
            if len(choices) == 30:
                pipeline.requests.put(Select())
            return bind(prediction)

        pipeline.bind = asked

    labels_reported(path, before)
    assert choices[9] == ("rest", "power", "key")
    assert choices[10] == choices[25] == ("rest", "tripod", "point")
    assert choices[30] == ("rest", "power", "key")
    assert "no grasp 'nothing'" in caplog.text


def test_a_layer_has_its_own_choice(folder):
    layers = {"more": {"mapping": {"point": [{"do": "base"}]}, "select": [4, "eating"]}}  # point
    path = profile(
        folder, select=["power", "key"], contexts={"eating": ["tripod"]}, layers=layers,
        mapping={"power": [{"do": "layer", "layer": "more"}]},
    )  # fmt: skip
    found = labels_reported(path)
    seen = [tuple(gesture.probabilities) for _, gesture in found]
    changes = [one for number, one in enumerate(seen) if not number or one != seen[number - 1]]
    assert changes[:3] == [("rest", "power", "key"), ("rest", "point", "tripod"), ("rest", "power", "key")]
    first = next(number for number, (_, gesture) in enumerate(found) if gesture.label == "power")
    assert "tripod" in seen[first + 1]


def test_a_layer_that_chooses_what_is_not_there_is_refused_before_anything_opens(folder):
    path = profile(folder, layers={"more": {"mapping": {}, "select": ["spoon", "key"]}})
    with pytest.raises(ProfileError, match=r"layers\.more\.select: the model has no grasp 'spoon'"):
        build(load_profile(path, Registry()))


def test_ten_thousand_choices_need_no_more_memory(folder):
    decoder = Contrastive(Contrastive.Options(model=folder / "m.onnx"))
    spec = decoder.open()
    window = np.random.default_rng(0).normal(0, 10, (spec.length, 8)).astype(np.float32)
    sets = [("power", "key"), ("tripod", "point", "key"), ()]
    tracemalloc.start()
    try:
        memory = np.zeros(10_201, np.int64)
        for number in range(10_201):
            decoder.select(sets[number % 3])
            if number in (201, 10_200):
                decoder.decode(window, 0.0)
                gc.collect()
            memory[number] = tracemalloc.get_traced_memory()[0]
        assert memory[10_200] - memory[201] < 20_000  # two bytes a choice: nothing is kept of one
    finally:
        tracemalloc.stop()


def test_decisions_among_others_keep_what_still_holds(folder):
    decoder = Contrastive(Contrastive.Options(model=folder / "m.onnx", select=["power", "key"]))
    spec = decoder.open()
    with pytest.raises(UsageError):
        decoder.select(("power", "nothing"))
    assert decoder.selected() == ("rest", "power", "key")
    assert spec.labels == KNOWN


# emgctl select


def select(path, *words):
    done = CliRunner().invoke(cli, ["select", "-p", str(path), *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_select_lists_chooses_and_keeps_remarks(folder):
    path = profile(folder, name="list.yaml")
    path.write_text("# mine\n" + path.read_text())
    listed = emgctl("select", "-p", path).stdout
    assert "1 * power" in listed
    assert "chosen: 5 of 5" in listed
    done = select(path, "power", "2")
    assert "expected: " in done.stdout
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert yaml.safe_load(text)["decoder"]["select"] == ["power", "key"]
    assert "  3   tripod" in select(path).stdout
    select(path, "--all")
    assert yaml.safe_load(path.read_text())["decoder"]["select"] == []


def test_select_leaves_a_profile_with_anchors_one_that_loads(folder):
    path = profile(folder)
    before = (
        "emgctl: 1\ninput: {kind: replay, path: m.npz}\ndecoder:\n  kind: contrastive\n  model: m.onnx\n"
        "  select: &table [power, key]  # at the table\n  contexts:\n    table: *table\n"
        "mapping: {}\noutputs: [{kind: console}]\n"
    )
    path.write_text(before)
    assert select(path, "key", "point").exit_code == 0
    decoder: Any = load_profile(path, Registry()).decoder.options
    assert (decoder.select, decoder.contexts) == (["key", "point"], {"table": ["power", "key"]})
    assert "# at the table" in path.read_text()
    assert path.with_name(f"{path.name}.bak").read_text() == before


def test_select_keeps_contexts(folder):
    path = profile(folder, name="contexts.yaml")
    select(path, "--context", "at the table", "power", "tripod")
    select(path, "key", "point")
    assert select(path, "--context", "at the table").exit_code == 0
    decoder = yaml.safe_load(path.read_text())["decoder"]
    assert decoder["select"] == ["at the table"]
    assert decoder["contexts"] == {"at the table": ["power", "tripod"]}
    former = select(path, "--for", "at the table", "key", "power")
    assert "emgctl: --for is now --context" in former.stderr
    again = yaml.safe_load(path.read_text())["decoder"]["contexts"]
    assert again == {"at the table": ["key", "power"]}
    assert path.read_text().count("at the table") == 2  # there and in select


def test_select_states_of_which_grasps_it_knows_nothing(folder):
    path = profile(folder, name="new.yaml", grasps={"wave": {"recording": "wave.h5"}})
    done = select(path, "wave", "key")
    assert "a grasp with '-' was never tested" in done.stdout
    assert "never tested" not in select(path, "power", "key").stdout


def test_select_suggests(folder):
    path = profile(folder, name="suggest.yaml")
    before = path.read_text()
    done = select(path, "--suggest", "3", "tripod")
    assert "suggested: " in done.stdout
    assert "tripod" in done.stdout.splitlines()[0]
    assert path.read_text() == before
    select(path, "--suggest", "3", "tripod", "--yes")
    chosen = yaml.safe_load(path.read_text())["decoder"]["select"]
    assert len(chosen) == 3
    assert "tripod" in chosen


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("powr",), "did you mean 'power'"),
        (("--context", "eating"), "no context 'eating'"),
        (("--context", "key", "power", "point"), "'key' is a grasp's name"),
        (("--context", "3", "power", "point"), "'3' is a grasp's number"),
        (("--context", "lunch", "power", "lunch"), "no grasp 'lunch'"),
        (("--context", "", "power", "point"), "--context needs a name"),
        (("--suggest", "9"), "a set of 9 can't be made from 0 named and 4 other grasps"),
        (("--all", "power"), "--all"),
        (("--yes", "power", "key"), "--suggest"),
    ],
)
def test_select_states_what_is_wrong_and_changes_nothing(folder, words, message):
    path = profile(folder, name="wrong.yaml")
    before = path.read_text()
    done = select(path, *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert path.read_text() == before


def test_a_running_run_follows_select(folder):
    port = free_port()
    path = profile(folder, name="live.yaml", outputs=[{"kind": "http", "port": port}], select=["power", "key"])
    path.write_text(path.read_text().replace("speed: max", "speed: 0.5"))
    with subprocess.Popen([EMGCTL, "run", "-p", str(path)], stderr=subprocess.PIPE) as running:
        try:
            until_s = time.monotonic() + patient(30)
            while "follows" not in (right := select(path, "tripod", "point").stdout) and time.monotonic() < until_s:
                time.sleep(0.2)
            assert f"127.0.0.1:{port} follows" in right, right
        finally:
            running.terminate()
