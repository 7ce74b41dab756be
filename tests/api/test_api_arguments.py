"""An argument of the wrong type is a UsageError that names it, before anything is read or done."""

import inspect
from typing import Any

import numpy as np
import pytest

import emgctl

WRONGLY: Any = emgctl  # as a script without types calls it


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: WRONGLY.read("a.npz", name=3), "read(): name should be text, not 3"),
        (
            lambda: WRONGLY.train(np.zeros((9, 2))),
            "train(): recordings should be recordings, or their files, not an obj",
        ),
        (lambda: WRONGLY.train("a.npz", split=None), "train(): split should be text or a split, not None"),
        (lambda: WRONGLY.train("a.npz", seed=1.5), "train(): seed should be a whole number of at least 0, not 1.5"),
        (lambda: WRONGLY.train("a.npz", guard_s=float("nan")), "train(): guard_s should be a finite number"),
        (lambda: WRONGLY.train("a.npz", window_ms=True), "train(): window_ms should be a finite number"),
        (lambda: WRONGLY.train("a.npz", final="maybe"), "train(): final should be one of train, all, not 'maybe'"),
        (lambda: WRONGLY.train("a.npz", progress=3), "train(): progress should be a function, not 3"),
        (lambda: WRONGLY.evaluate(3, "a.npz"), "evaluate(): model should be a model from load_model() or text or a p"),
        (lambda: WRONGLY.evaluate("m.onnx", "a.npz", without="open"), "evaluate(): without should be a list of names"),
        (lambda: WRONGLY.evaluate("m.onnx", "a.npz", rest="rest"), "rest needs continuous=True"),
        (lambda: WRONGLY.evaluate("m.onnx", "a.npz", recall=3, continuous=True), "recall is 3, but is a share"),
        (lambda: WRONGLY.decode(3, "m.onnx"), "decode(): source should be an input from open_input(), not 3"),
        (lambda: WRONGLY.load_model(None), "load_model(): path should be text or a path, not None"),
        (lambda: WRONGLY.run(3), "run(): profile should be text or a path, not 3"),
        (lambda: WRONGLY.calibrate("a.yaml", repetitions=0), "repetitions is 0, but goes from 1 to 20"),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(emgctl.UsageError) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_help_shows_the_arguments_themselves():
    assert list(inspect.signature(emgctl.train).parameters)[:3] == ["recordings", "model", "split"]
    with pytest.raises(TypeError, match=r"train\(\) got an unexpected keyword argument 'models'"):
        WRONGLY.train("a.npz", models="lda")
