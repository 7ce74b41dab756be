"""Training and evaluating from Python."""

import json
from pathlib import Path

import numpy as np
import pytest
from present import present

import emgctl
from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer

DEMO = Path(__file__).parents[2] / "profiles" / "demo.h5"


@pytest.fixture(scope="module")
def recording():
    return emgctl.read(DEMO)


@pytest.fixture(scope="module")
def result(recording):
    return emgctl.train(recording, "lda", split="blocked:0.3")


@pytest.fixture(scope="module")
def saved(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("saved") / "m.onnx")


@pytest.mark.slow
def test_the_figures_have_names_and_are_those_of_the_dictionary(result, recording):
    figures = result.to_dict()
    assert result.accuracy == figures["accuracy"] > 0.9
    assert (result.balanced_accuracy, result.macro_f1) == (figures["balanced_accuracy"], figures["macro_f1"])
    assert set(result.labels) == set(recording.label_names)
    assert result.confusion.sum() == result.windows
    assert np.diag(result.confusion) / result.confusion.sum(axis=1) == pytest.approx([*result.recall.values()])
    assert (result.leaks, result.split.startswith("tested on the last 30%")) == (False, True)
    assert json.loads(json.dumps(figures)) == figures
    assert "balanced accuracy" in str(result)
    assert repr(result).startswith("<GestureTrainingResult: balanced accuracy ")


@pytest.mark.slow
def test_the_same_call_gives_the_same_file(result, saved, tmp_path):
    again = emgctl.train([str(DEMO)], "lda", split="blocked:0.3").save(str(tmp_path / "again.onnx"))
    assert again.read_bytes() == saved.read_bytes()
    assert emgctl.load_model(saved).sha256 == result.to_dict()["model_sha256"]
    assert result.card.labels == emgctl.load_model(saved).card.labels


@pytest.mark.slow
def test_the_report_is_a_page_with_pictures_beside_it(result, tmp_path):
    written = result.report(tmp_path / "m.report.html")
    assert [path.name for path in written] == ["m.report.html", "m.confusion.png", "m.curves.png"]
    assert all(path.is_file() for path in written)


@pytest.mark.slow
def test_evaluating_the_same_split_gives_the_same_figures(result, saved, recording):
    found = emgctl.evaluate(saved, recording, split="blocked:0.3")
    assert (found.accuracy, found.warnings, found.continuous) == (result.accuracy, (), None)


@pytest.mark.slow
def test_figures_of_windows_it_was_trained_on_carry_a_warning(saved, recording, caplog):
    found = emgctl.evaluate(emgctl.load_model(saved), [recording])
    assert "are too good" in found.warnings[0]
    assert "are too good" in caplog.text


@pytest.mark.slow
def test_a_continuous_evaluation_measures_what_a_user_feels(saved, recording, tmp_path):
    steps = []
    found = emgctl.evaluate(
        saved, recording, continuous=True, postprocessing={"enter": 0.7}, progress=lambda *step: steps.append(step)
    )
    assert present(found.continuous)["postprocessing"] == {"enter": 0.7}
    assert present(found.continuous)["raw"]["balanced_accuracy"]["guarded"] > 0.9
    assert "onset delay" in str(found)
    assert {what for what, _, _ in steps} == {"eval", "continuous"}
    assert found.report(str(tmp_path / "felt.html")).read_text().count("data:image/png;base64,") == 6


def test_a_split_that_leaks_is_reported(recording, caplog):
    assert emgctl.train(recording, "lda", split="random").leaks
    assert "LEAKS" in caplog.text


@pytest.mark.slow
def test_a_model_may_have_its_former_name(recording, caplog):
    assert emgctl.train(recording, "pair").to_dict()["model"] == "lda-mlp"
    assert "'pair' is now 'lda-mlp'" in caplog.text


@pytest.mark.slow
def test_an_experiment_takes_any_trainer(recording, tmp_path):
    trainer = ClassifierTrainer(ClassifierConfig(model="lda", window_ms=150))
    result = emgctl.run_experiment(recording, "blocked:0.3", trainer, seed=1)
    assert isinstance(result, emgctl.TrainingResult)
    figures = result.to_dict()
    assert (figures["decoder"], figures["window_ms"], figures["seed"]) == ("classifier", 150.0, 1)
    assert emgctl.load_model(result.save(tmp_path / "m.onnx")).card.model == "lda"
    with pytest.raises(emgctl.UsageError, match="did you mean 'contrastive'"):
        emgctl.run_experiment(recording, "blocked", "contrastve")


def test_recordings_may_come_from_a_function_that_is_called_once_all_else_is_checked(recording):
    called = []

    def read():
        called.append(1)
        return [recording]

    with pytest.raises(emgctl.UsageError, match="did you mean 'lda'"):
        emgctl.train(read, "ldaa")
    assert called == []
    assert emgctl.train(read, "lda", split="kfold:2").to_dict()["final"] == "all"
    assert called == [1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda rec, _: emgctl.train(rec, split="blokced"), emgctl.UsageError, "did you mean 'blocked"),
        (lambda rec, _: emgctl.train(rec, decoder="gird"), emgctl.UsageError, "did you mean 'grid'"),
        (lambda rec, _: emgctl.train(rec, "pose"), emgctl.UsageError, r"trained with emgctl.train_pose\(\)"),
        (lambda rec, _: emgctl.train(rec, "grid"), emgctl.UsageError, "how the electrodes lie"),
        (lambda rec, _: emgctl.train(rec, "contrastive", features="ar"), emgctl.UsageError, "which has its own"),
        (lambda rec, _: emgctl.train(rec, memory_ms=100), emgctl.UsageError, "for the contrastive decoder"),
        (lambda rec, _: emgctl.train(rec, recipe="emg4"), emgctl.UsageError, "did you mean 'emg4-mlp'"),
        (lambda rec, _: emgctl.train(rec, "lda", preprocess="notsch"), emgctl.UsageError, "did you mean 'notch'"),
        (lambda rec, _: emgctl.train(rec, "lda", rest="reste"), emgctl.UsageError, "did you mean 'rest'"),
        (lambda rec, _: emgctl.train([], "lda"), emgctl.UsageError, "there is no recording"),
        (lambda rec, at: emgctl.train(at / "none.h5", "lda"), emgctl.FileError, "does not exist"),
        (lambda rec, _: emgctl.evaluate("none.onnx", rec), emgctl.ModelError, "none.onnx"),
        (lambda rec, _: emgctl.evaluate(DEMO.with_suffix(".onnx"), rec, adapt="past"), emgctl.UsageError, "continuous"),
        (
            lambda rec, _: emgctl.evaluate("m.onnx", rec, postprocessing={"entre": 1}),
            emgctl.UsageError,
            "postprocessing: entre: .*'enter'",
        ),
    ],
)
def test_mistakes_are_errors_of_emgctl(recording, tmp_path, call, error, message):
    with pytest.raises(error, match=message):
        call(recording, tmp_path)


def test_a_file_that_cant_be_written_is_named(result, tmp_path):
    with pytest.raises(emgctl.FileError, match="its folder does not exist"):
        result.save(tmp_path / "no" / "m.onnx")
    with pytest.raises(emgctl.FileError, match="it is a folder"):
        result.report(tmp_path)
