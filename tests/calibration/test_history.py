"""Where calibrations are kept: the model and the profile that has its checksum change together, or not at all."""

import hashlib
from datetime import datetime

import pytest

from emgctl.calibration.history import Entry, History
from emgctl.errors import FileError

PROFILE = """\
emgctl: 1
user: alice
input: {kind: synthetic}
decoder: {kind: classifier, model: alice.onnx, sha256: "%s"}
outputs: [{kind: console}]
mapping: {fist: {do: hold, button: a}}
"""


def entry(name, model):
    return Entry(
        name, "calibration", ("fist",), 3, 1.0, hashlib.sha256(model).hexdigest(), f"{name}.onnx", f"{name}.h5"
    )


def test_a_profile_that_can_not_be_written_keeps_its_model(tmp_path):
    path, model = tmp_path / "alice.yaml", tmp_path / "alice.onnx"
    path.write_text(PROFILE % ("0" * 64))
    history = History(path)
    history.new_name(datetime(2026, 1, 1))
    history.add(entry("first", b"first"), b"first", model)
    text, entries = path.read_text(), history.entries()
    assert hashlib.sha256(b"first").hexdigest() in text

    backup = tmp_path / "alice.yaml.bak"
    backup.unlink()
    backup.mkdir()  # where the old profile is to be kept
    with pytest.raises(FileError, match=r"alice\.yaml\.bak"):
        history.add(entry("second", b"second"), b"second", model)
    assert (model.read_bytes(), path.read_text(), history.entries()) == (b"first", text, entries)
