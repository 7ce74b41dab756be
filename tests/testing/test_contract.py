"""The contract tests find what a plugin author gets wrong."""

import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from emgctl.plugin import Decoder, EndOfRecording, Input, Options, Output, WindowSpec
from emgctl.recording.windows import cut
from emgctl.testing import check_decoder, check_input, check_output, check_trainer, contract
from emgctl.trainer import FittedModel, Predictions, Trainer, TrainerConfig
from emgctl.types import Gesture, Recording, SampleBlock, Signal


class GoodInput(Input):
    kind = "mine"
    changed: ClassVar[dict[str, Any]] = {}

    def open(self):
        self._start = 0
        return Signal(4, 100.0)

    def read(self, timeout_s):
        block: dict[str, Any] = {
            "samples": np.ones((5, 4), np.float32),
            "start": self._start,
            "received_s": time.perf_counter(),
        }
        self._start += 5
        return SampleBlock(**{**block, **self.changed})

    def close(self):
        pass


class GoodDecoder(Decoder):
    kind = "mine"
    spec = WindowSpec(Signal(4, 100.0), 20, 5, ("rest", "fist"), "rest")
    given = ("fist", 1.0)

    def open(self):
        return self.spec

    def decode(self, window, window_end_s):
        label, confidence = self.given
        return Gesture(label, confidence, {label: confidence}, 0.5, window_end_s)

    def reset(self):
        pass


class GoodOutput(Output):
    kind = "mine"

    def open(self, context):
        pass

    def send(self, command):
        pass

    def close(self):
        pass


def test_what_keeps_the_contract_passes():
    check_input(GoodInput, Options())
    check_decoder(GoodDecoder, Options())
    check_output(GoodOutput, Options())


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"samples": np.ones((5, 4))}, "samples of float64, not float32"),
        ({"samples": np.ones((4, 5), np.float32)}, r"samples \(4, 5\), not \(T, 4\)"),
        ({"samples": np.ones(4, np.float32)}, r"samples \(4,\), not \(T, 4\)"),
        ({"samples": np.full((5, 4), np.nan, np.float32)}, "samples that are not finite"),
        ({"samples": [[1.0] * 4]}, "samples of list, not float32"),
        ({"start": 3}, "a block starts at 3, not 8"),
        ({"received_s": time.time()}, "not a time of time.perf_counter"),
        ({"motion": np.ones((1, 9), np.float32)}, r"motion \(1, 9\), not \(N, 10\)"),
    ],
)
def test_a_wrong_block_is_found(changed, text):
    with pytest.raises(AssertionError, match=text):
        check_input(type("Wrong", (GoodInput,), {"changed": changed}), Options())


def member(base, **members):
    return type("Wrong", (base,), members)


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (member(GoodInput, read=lambda self: None), r"read\(timeout_s\) can't be called: too many positional"),
        (member(GoodInput, open=lambda self: None), "the signal is None, not a Signal"),
        (member(GoodInput, open=lambda self: Signal(4, float("inf"))), "the signal's rate is inf Hz"),
        (member(GoodInput, read=lambda self, timeout_s: None), "5 reads gave no samples"),
        (member(GoodInput, read=lambda self, timeout_s: b"123"), "an object of bytes, not a SampleBlock or None"),
    ],
)
def test_a_wrong_input_is_found(cls, text):
    with pytest.raises(AssertionError, match=text):
        check_input(cls, Options())


def test_what_an_input_raises_is_shown_as_it_is():
    with pytest.raises(EndOfRecording):
        check_input(member(GoodInput, read=lambda self, timeout_s: (_ for _ in ()).throw(EndOfRecording())), Options())


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (member(GoodDecoder, given=("fits", 1.0)), "the label 'fits', which is not one of its own"),
        (member(GoodDecoder, given=("fist", float("nan"))), "the confidence nan, which is not between 0 and 1"),
        (member(GoodDecoder, given=("fist", 1.5)), "the confidence 1.5"),
        (member(GoodDecoder, decode=lambda self, window, end: None), "it gave NoneType"),
        (member(GoodDecoder, decode=lambda self, window, end: GoodDecoder.decode(self, 0, 0.0)), "window_end_s is not"),
        (member(GoodDecoder, decode=lambda self, window: None), r"decode\(window, window_end_s\) can't be called"),
        (member(GoodDecoder, spec=None), "it is None, not a WindowSpec"),
        (member(GoodDecoder, spec=WindowSpec(Signal(4, 100.0), 0, 5)), "'length' is 0, not a number of samples"),
    ],
)
def test_a_wrong_decoder_is_found(cls, text):
    with pytest.raises(AssertionError, match=text):
        check_decoder(cls, Options())


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (member(GoodOutput, send=lambda self: None), r"send\(command\) can't be called"),
        (
            member(GoodOutput, send=lambda self, command: time.sleep(0.2)),
            r"send\(\) takes \d+ ms, .* set slow = True",
        ),
        (member(GoodOutput, resend_s=property(lambda self: 0.0)), "resend_s is 0.0, not None or a time"),
        (member(GoodOutput, problems=lambda self, spec: [("key", "text")]), "not \\(keys, text\\)"),
        (member(GoodOutput, send=lambda self, command: exit(3)), r"send\(\) raised SystemExit: 3"),
    ],
)
def test_a_wrong_output_is_found(cls, text):
    with pytest.raises(AssertionError, match=text):
        check_output(cls, Options())


@pytest.mark.slow
def test_a_slow_output_may_take_its_time():
    check_output(member(GoodOutput, slow=True, send=lambda self, command: time.sleep(0.06)), Options())


def test_an_output_that_never_returns_is_found(monkeypatch):
    monkeypatch.setattr(contract, "LIMIT_S", 0.2)
    released = threading.Event()
    try:
        with pytest.raises(AssertionError, match=r"send\(\) has not returned after 0.2 s"):
            check_output(member(GoodOutput, send=lambda self, command: released.wait(60)), Options())
    finally:
        released.set()


@dataclass(frozen=True, kw_only=True)
class GoodModel(FittedModel):
    count: int

    def predict(self, windows, chosen):
        values = np.full((len(chosen), self.count), 1 / self.count, np.float32)
        return Predictions(values, np.zeros(len(chosen), np.float32), values[:, 0])


class GoodTrainer(Trainer[GoodModel]):
    kind = "mine"

    def fit(self, task):
        return GoodModel(count=len(task.windows.label_names))

    def export(self, fitted, card, examples, path):
        path.write_text(card.model_dump_json())


def windows():
    labels = np.repeat(np.arange(4, dtype=np.int16) % 2, 100)
    samples = np.random.default_rng(0).normal(0, 1, (400, 4)).astype(np.float32)
    return cut([Recording("a", Signal(4, 100.0), samples, "a.h5", labels, ("rest", "fist"))], 20, 10)


def test_a_right_trainer_is_right():
    check_trainer(GoodTrainer, TrainerConfig(), windows())


def predicting(change):
    """A trainer whose models' predictions are changed so."""

    class Model(GoodModel):
        def predict(self, windows, chosen):
            return change(super().predict(windows, chosen))

    return member(GoodTrainer, fit=lambda self, task: Model(count=2))


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (member(GoodTrainer, fit=None), "fit is None, not a method"),
        (member(GoodTrainer, Config=dict), "its 'Config' is not a pydantic model"),
        (member(GoodTrainer, target="labels"), "target is 'labels', not 'gestures' or 'poses'"),
        (member(GoodTrainer, target="poses"), "give windows of recordings with poses"),
        (member(GoodTrainer, windowing=lambda self, signal: (20, 10)), r"windowing\(\) returned tuple"),
        (member(GoodTrainer, fit=lambda self, task: object()), "not a FittedModel"),
        (predicting(lambda found: found.values), "not Predictions"),
        (predicting(lambda found: found._replace(values=found.values[1:])), r"not numbers \(\d+, 2\)"),
        (predicting(lambda found: found._replace(values=2 * found.values)), "do not add up to 1"),
        (predicting(lambda found: found._replace(intensity=np.nan * found.intensity)), "intensity that are not finite"),
        (member(GoodTrainer, export=lambda self, fitted, card, examples, path: None), "wrote no file"),
        (
            member(GoodTrainer, export=lambda self, fitted, card, examples, path: path.write_text(str(id(self)))),
            "another file the second time",
        ),
    ],
)
def test_a_wrong_trainer_is_found(cls, text):
    with pytest.raises(AssertionError, match=text):
        check_trainer(cls, TrainerConfig(), windows())
