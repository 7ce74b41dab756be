"""A package of someone else is served by the commands as emgctl's own plugins are, by what its classes can do."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import emgctl
from packages import install

from emgctl.plugin import Probeable, RemoteControl, SelectsClasses
from emgctl.registry import Registry
from emgctl.testing import check_decoder, check_output

PACKAGE = '''
import json
from pathlib import Path

import numpy as np

from emgctl.errors import DeviceError, UsageError
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder, Options, Output, WindowSpec
from emgctl.types import Gesture, Signal

CLASSES = ("rest", "fist", "open", "key")


class SetsOptions(Options):
    select: list[str | int] = []
    contexts: dict[str, list[str | int]] = {}


class Sets(Decoder):
    """Chooses from sets of classes."""

    kind = "stranger"
    Options = SetsOptions

    def classes(self):
        return CLASSES

    def selected(self):
        return self._selected

    def contexts(self):
        return self.options.contexts

    def open(self):
        self.select(())
        return WindowSpec(Signal(8, 200.0), 40, 10, CLASSES, "rest")

    def resolve(self, names, contexts=None):
        contexts, found = self.contexts() if contexts is None else contexts, []
        for name in names:
            if name in contexts:
                found += self.resolve(contexts[name], contexts)
            elif name in CLASSES:
                found.append(name)
            elif str(name).isdecimal() and int(name) < len(CLASSES):
                found.append(CLASSES[int(name)])
            else:
                raise UsageError(f"there is no class {name}")
        return tuple(dict.fromkeys(found))

    def select(self, names):
        named = self.resolve(names or self.options.select or CLASSES)
        self._selected = tuple(name for name in CLASSES if name == "rest" or name in named)

    def decode(self, window, window_end_s):
        label = self._selected[-1]
        return Gesture(label, 1.0, {label: 1.0}, 0.5, window_end_s)

    def reset(self):
        pass


class EstimatingSets(Sets):
    """The same, with estimates."""

    kind = "stranger-estimates"

    def expected_confusion(self, names):
        return 0.5 * np.eye(len(names)) + 0.5 / len(names)

    def suggest(self, count, names):
        chosen = [*self.resolve(names), *(name for name in CLASSES[1:] if name not in names)]
        return tuple(chosen[:count])


class FileOptions(Options):
    path: str = "sent.jsonl"
    address: str = ""


class File(Output):
    """Appends to a file."""

    kind = "stranger"
    Options = FileOptions

    def open(self, context):
        self.user = context.user

    def send(self, command):
        self._write(command.reason or sorted(command.buttons))

    def probe(self, command):
        self.send(command)
        return f"the file of {self.user}"

    @property
    def remote_address(self):
        return self.options.address

    def forward(self, request):
        if self.options.address == "nobody":
            raise DeviceError("stranger", "is not running")
        self._write(request.names)

    def close(self):
        pass

    def _write(self, what):
        with Path(self.options.path).open("a") as file:
            file.write(json.dumps(what) + "\\n")


@hookimpl
def emgctl_decoders():
    return [Sets, EstimatingSets]


@hookimpl
def emgctl_outputs():
    return [File]
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    install(tmp_path / "packages", "stranger", PACKAGE)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_profile(decoder="stranger", outputs=({"kind": "stranger"},), **options):
    Path("p.yaml").write_text(
        yaml.safe_dump(
            {
                "emgctl": 1,
                "user": "ann",
                "input": {"kind": "synthetic"},
                "decoder": {"kind": decoder, **options},
                "mapping": {"fist": [{"do": "hold", "button": "a"}]},
                "outputs": list(outputs),
            }
        ),
        encoding="utf-8",
    )


def sent():
    return [json.loads(line) for line in Path("sent.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_classes_have_the_capabilities_and_keep_the_contract(folder):
    registry = Registry()
    for kind in ("stranger", "stranger-estimates"):
        cls = registry.decoder(kind)
        assert isinstance(cls(cls.Options()), SelectsClasses)
        check_decoder(cls, cls.Options())
    output = registry.output("stranger")
    assert isinstance(output(output.Options()), Probeable)
    assert isinstance(output(output.Options()), RemoteControl)
    check_output(output, output.Options())


def test_select_lists_and_chooses_classes_of_a_decoder_without_estimates(folder):
    write_profile(contexts={"home": ["fist", "key"]})
    listed = emgctl("select", "-p", "p.yaml").stdout
    assert "  1 * fist" in listed
    assert "home: fist, key" in listed
    done = emgctl("select", "-p", "p.yaml", "fist", "2")
    assert (done.returncode, done.stdout) == (0, "p.yaml: decoder.select is [fist, open]\n")
    assert yaml.safe_load(Path("p.yaml").read_text(encoding="utf-8"))["decoder"]["select"] == ["fist", "open"]
    assert emgctl("select", "-p", "p.yaml", "--context", "home").returncode == 0
    assert "  3 * key" in emgctl("select", "-p", "p.yaml").stdout
    done = emgctl("select", "-p", "p.yaml", "--suggest", "2")
    assert (done.returncode, "has no estimates to suggest grasps by" in done.stderr) == (2, True)
    assert (done := emgctl("select", "-p", "p.yaml", "fits")).returncode == 2
    assert "there is no class fits" in done.stderr


def test_select_suggests_and_shows_what_a_decoder_estimates(folder):
    write_profile("stranger-estimates")
    done = emgctl("select", "-p", "p.yaml", "--suggest", "2", "key", "--yes")
    assert done.stdout.startswith("suggested: key fist\n")
    assert "expected: 66.7 %" in done.stdout
    assert yaml.safe_load(Path("p.yaml").read_text(encoding="utf-8"))["decoder"]["select"] == ["key", "fist"]


def test_select_reaches_a_run_through_any_output_that_can(folder):
    there = {"kind": "stranger", "address": "the next room"}
    write_profile(outputs=[{"kind": "console"}, there, {"kind": "stranger", "address": "nobody"}])
    done = emgctl("select", "-p", "p.yaml", "key")
    assert "the run at the next room follows\n" in done.stdout
    assert "no run listens at nobody; the choice is for the next one\n" in done.stdout
    assert sent() == [["rest", "key"]]


def test_osc_test_tests_every_output_that_allows_it_or_those_that_are_named(folder):
    write_profile(outputs=[{"kind": "console"}, {"kind": "stranger"}, {"kind": "stranger", "path": "other.jsonl"}])
    done = emgctl("osc", "test", "-p", "p.yaml", "--every", "0.01")
    assert done.returncode == 0, done.stderr
    assert "stranger -> the file of ann: fist: a\n" in done.stdout
    assert "stranger2 -> the file of ann: key: nothing pressed\n" in done.stdout
    assert sent() == [[], ["a"], [], [], "end of the test"]
    Path("other.jsonl").unlink()
    done = emgctl("osc", "test", "-p", "p.yaml", "--every", "0.01", "--output", "stranger")
    assert done.returncode == 0, done.stderr
    assert len(sent()) == 10
    assert not Path("other.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [("console", "output 'console' can't be tested"), ("strangr", "no output 'strangr'; did you mean 'stranger'?")],
)
def test_osc_test_of_an_output_that_can_not_be_tested(folder, name, message):
    write_profile(outputs=[{"kind": "console"}, {"kind": "stranger"}])
    done = emgctl("osc", "test", "-p", "p.yaml", "--output", name)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not Path("sent.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["select"], "decoder 'stranger' can't choose"),
        (["calibrate"], "decoder 'stranger' can't be calibrated"),
    ],
)
def test_a_decoder_without_a_capability_is_refused(tmp_path, monkeypatch, words, message):
    install(
        tmp_path / "packages", "incapable", PACKAGE.replace("def resolve", "def other").replace("self.resolve", "tuple")
    )
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.chdir(tmp_path)
    write_profile()
    done = emgctl(*words, "-p", "p.yaml")
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("lacks", "chosen", "status", "message"),
    [
        ("def classes(", "key", 0, "p.yaml"),
        ("def classes(", "spoon", 2, "layers.menu.select: there is no class spoon"),
        ("def select(", "key", 2, "layers.menu.select: decoder 'stranger' decides among all its gestures"),
    ],
)
def test_a_layer_selects_classes_of_a_decoder_that_has_select_alone(
    tmp_path, monkeypatch, lacks, chosen, status, message
):
    package = PACKAGE.replace("self.select(())", "self._selected = CLASSES").replace(lacks, "def other(")
    install(tmp_path / "packages", f"partial{len(chosen)}{len(message)}", package)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.chdir(tmp_path)
    write_profile()
    content = yaml.safe_load(Path("p.yaml").read_text(encoding="utf-8"))
    content["mapping"]["open"] = [{"do": "layer", "layer": "menu"}]
    content["layers"] = {"menu": {"select": ["fist", chosen], "mapping": {"fist": [{"do": "hold", "button": "b"}]}}}
    Path("p.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    done = emgctl("check", "-p", "p.yaml")
    assert (done.returncode, message in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr


READER = """
import numpy as np

from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader
from emgctl.types import Recording, Signal


class Reader(DatasetReader):
    kind = "wavy"

    @classmethod
    def detects(cls, path):
        return path.suffix == ".wavy"

    @classmethod
    def read(cls, path):
        text = path.read_text()
        if text == "short":
            labels = np.zeros(3, np.int16)
            return [Recording("a", Signal(2, 100.0), np.zeros((9, 2), np.float32), "a", labels, ("rest",))]
        return [{}[text]]


@hookimpl
def emgctl_datasets():
    return [Reader]
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [("short", "read() returned 3 labels for 9 samples"), ("broken", "read() raised KeyError: 'broken' (bad_wavy.py:")],
)
def test_a_reader_that_fails_is_named_with_its_package(tmp_path, monkeypatch, text, message):
    install(tmp_path / "site", "wavy", READER)
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "file.wavy").write_text(text)
    done = emgctl("data", "info", tmp_path / "file.wavy")
    assert done.returncode == 1
    assert message in done.stderr
    assert "dataset 'wavy' (package bad-wavy 1.0)" in done.stderr
