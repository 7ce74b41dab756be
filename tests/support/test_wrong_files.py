"""Files that are not what was expected, and names that only Windows refuses or that YAML changes."""

import sys
from pathlib import Path

import pytest
from command_line import emgctl

from emgctl.errors import DeviceError, FileError
from emgctl.inference import model
from emgctl.recording.datasets import read_dataset
from emgctl.support.atomic_write import read_bytes, read_text, write_text
from emgctl.support.native_library import loads, native_library
from emgctl.support.preconditions import check_writable
from emgctl.support.yaml_file import parse_yaml

PROFILES = Path(__file__).parent.parent.parent / "profiles"
NOT_FOUND = "DLL load failed while importing onnxruntime_pybind11_state: The specified module could not be found."


@pytest.mark.parametrize(
    ("name", "what", "remedy"),
    [
        ("demo.h5", "is a recording", "--input replay:FILE"),
        ("demo.onnx", "is a model (ONNX)", "decoder: {kind: classif"),
    ],
)
def test_a_recording_or_a_model_given_as_a_profile_is_recognized(name, what, remedy):
    done = emgctl("run", "--profile", PROFILES / name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"emgctl: {PROFILES / name}: {what}")
    assert remedy in done.stderr
    assert "UTF-8" not in done.stderr


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"PK\x03\x04...", "a zip archive, .*; unpack it"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\xff\xfee\x00m\x00", "UTF-16.*; save it as UTF-8"),
        (b"0       X X X X", "an EDF recording"),
        (b"MZ\x90", "a program"),
    ],
)
def test_other_files_are_recognized_by_their_heads(tmp_path, head, what):
    path = tmp_path / "profile.yaml"
    path.write_bytes(head + bytes(2_000_000))
    with pytest.raises(FileError, match=what):
        read_text(path, 1000)


def test_text_is_read_whatever_it_begins_with(tmp_path):
    for text in ("", "M", "PK", "0", "emgctl: 1\n", "\ufeffemgctl: 1\n", "GIF"):
        write_text(tmp_path / "a.yaml", text)
        assert read_text(tmp_path / "a.yaml") == text.removeprefix("\ufeff")


@pytest.mark.parametrize("path", [r"C:\Users\me\a.h5", r"C:\Data\a.h5", r"C:\x\a.h5", r"D:\demo\a.h5"])
def test_a_path_of_windows_in_double_quotes_is_explained(path):
    with pytest.raises(FileError, match=r"a.yaml: 2: is not valid YAML: .* put a path in single quotes, or write /"):
        parse_yaml(Path("a.yaml"), f'input:\n  path: "{path}"\n')


def test_a_path_in_which_yaml_made_a_tab_is_explained():
    content = parse_yaml(Path("a.yaml"), r'path: "C:\temp\new.h5"')[1]
    with pytest.raises(FileError, match=r"can't be read: .*; double quotes in YAML turn \\t into a tab"):
        read_bytes(Path(content["path"]))


@pytest.mark.parametrize(("system", "explained"), [("win32", True), ("linux", False)])
def test_a_path_that_is_too_long_for_windows_is_explained(monkeypatch, tmp_path, system, explained):
    path = tmp_path.joinpath(*["long"] * 60, "a.h5")
    monkeypatch.setattr(sys, "platform", system)
    failing_ones = (read_bytes, check_writable, lambda path: read_dataset(str(path)), lambda path: write_text(path, ""))
    for failing in failing_ones:
        with pytest.raises(FileError) as error:
            failing(path)
        assert ("Windows refuses unless long paths are switched on" in str(error.value)) == explained


def broken(module):
    raise ImportError(NOT_FOUND, name=module)


def test_windows_without_the_runtime_of_visual_cpp_is_told_so(monkeypatch):
    monkeypatch.setattr("emgctl.support.native_library.import_module", broken)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(DeviceError, match=r"Visual C\+\+ is missing.*; install .* from https://learn.microsoft.com/"):
        model.open_model(PROFILES / "demo.onnx")
    found = loads("onnxruntime", "all")
    assert (found.good, "vc-redist" in found.remedy) == (False, True)
    shown = emgctl("doctor").stdout
    assert "missing core     emgctl       package onnxruntime: can't be loaded" in shown


def test_a_library_that_cannot_be_loaded_elsewhere_is_installed_anew(monkeypatch):
    monkeypatch.setattr("emgctl.support.native_library.import_module", broken)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(DeviceError, match="run: pip install --force-reinstall onnxruntime"):
        native_library("onnxruntime")
    assert not loads("onnxruntime", "all").good


def test_a_library_that_is_not_there_is_installed():
    found = loads("no_such_library", "all")
    assert (found.detail, found.remedy) == ("not installed", 'run: pip install "emgctl[all]"')


@pytest.mark.parametrize("error", [ImportError(NOT_FOUND, name="h5py"), OSError(22, "not found", "c10.dll", 126)])
def test_any_command_explains_the_runtime_that_is_missing(monkeypatch, error):
    if isinstance(error, OSError):
        error.winerror = 126  # type: ignore[attr-defined, unused-ignore]  # which Python keeps on Windows only

    def fail(*_):
        raise error

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("emgctl.registry.requirements.requirements", fail)
    done = emgctl("doctor")
    assert done.returncode == 1
    assert "the runtime of Visual C++ is missing" in done.stderr
