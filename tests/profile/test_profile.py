import json

import pytest
import yaml

from emgctl.errors import ProfileError, UsageError, did_you_mean
from emgctl.profile.load import load_profile, override
from emgctl.profile.schema import schema
from emgctl.registry import Registry

GOOD = """\
emgctl: 1
user: alice
input: {kind: replay, path: session.csv}
decoder:
  kind: classifier
  model: alice.onnx
mapping:
  fist: [{do: hold, button: a}]
outputs:
  - {kind: console}
  - {kind: osc, port: 9000}
  - {kind: osc, port: 9001}
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text, **options):
        path = tmp_path / "alice.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_profile(path, Registry(), **options)

    return load_text


def problems(load, text, **options):
    with pytest.raises(ProfileError) as raised:
        load(text, **options)
    return [problem.partition("alice.yaml:")[2] for problem in raised.value.problems]


def test_a_good_profile_has_its_plugins_made_and_named(load, tmp_path):
    profile = load(GOOD)
    assert profile.user == "alice"
    assert profile.input.options.path == tmp_path / "session.csv"
    assert [name for name, _ in profile.outputs] == ["console", "osc", "osc2"]
    assert profile.safety.stale_after_s == 0.2


def test_all_problems_are_said_at_once_with_line_key_and_nearest_word(load):
    text = GOOD.replace("path:", "pth:").replace("do: hold", "do: hodl").replace("port: 9001", "port: ninety")
    text = text.replace("user: alice", "usr: alice").replace("kind: console", "kind: consle")
    lines = problems(load, text)
    assert lines == [
        "2: usr: unknown key; did you mean 'user'?",
        "3: input.path: is missing; for example path: session.h5",
        "3: input.pth: unknown key; did you mean 'path'?",
        "8: mapping.fist[0]: 'hodl' is not possible here; did you mean 'hold'?",
        "10: outputs[0].kind: unknown output 'consle'; did you mean 'console'?",
        "12: outputs[2].port: should be a whole number, not 'ninety'",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("button: a", "buton: a"), "8: mapping.fist[0].buton: unknown key; did you mean 'button'?"),
        (("emgctl: 1", "emgctl: 2"), "1: emgctl: should be 1, not 2"),
        (("user: alice", "user: alice\nuser: bob"), "2: user: is given twice"),
        (("kind: replay, ", ""), "3: input.kind: is missing; name the input: "),
        (("session.csv", "../secret.csv"), "3: input.path: '../secret.csv' lies outside the profile's folder"),
        (("session.csv", "/etc/passwd"), "3: input.path: '/etc/passwd' lies outside the profile's folder"),
        (
            ("alice.onnx", "alice.onnx\n  sha256: 12"),
            "7: decoder.sha256: should be text, not 12; YAML reads 12 as a number: write '12', in q",
        ),
        (("{kind: console}", "console"), "10: outputs[0]: should be a section with keys, not 'console'"),
        (
            ("model: alice.onnx", "model: alice.onnx\n  postprocessing: {entr: 1}"),
            "7: decoder.postprocessing.entr: unknown key; did you mean 'enter'?",
        ),
        (("outputs:", "safety: {stale_after_s: -1}\noutputs:"), "9: safety.stale_after_s: should be greater than 0"),
    ],
)
def test_each_mistake_is_named(load, change, message):
    assert any(line.startswith(message) for line in problems(load, GOOD.replace(*change)))


def test_a_wake_gesture_is_read(load):
    wake = load(GOOD + "wake: {gesture: double thumb up, for_s: 20}\n").wake
    assert (wake.label, wake.for_s, wake.action().when) == ("thumb up", 20, "double")
    assert load(GOOD).wake is None


@pytest.mark.parametrize(
    ("wake", "said"),
    [
        ("{gesture: fist}", "wake.gesture: should be 'double' or 'long' and the name of a gesture, not 'fist'"),
        ("{gesture: tap fist}", "wake.gesture: should be 'double' or 'long' and the name of a gesture, not 'tap fist'"),
        ("{for_s: 30}", "wake.gesture: is missing; for example gesture: double fist"),
        ("{gesture: double fist, for_s: 0}", "wake.for_s: should be greater than 0, not 0"),
        ("{gesture: double fist, for: 3}", "wake.for: unknown key; did you mean 'for_s'?"),
        ("double fist", "wake: should be a section with keys, not 'double fist'; for example {gesture: double fist}"),
    ],
)
def test_a_wrong_wake_gesture_is_explained(load, wake, said):
    (line,) = problems(load, f"{GOOD}wake: {wake}\n")
    assert line.startswith(f"13: {said}"), line


def test_actions_and_lists_that_are_written_too_short_get_an_example(load):
    text = GOOD.replace("fist: [{do: hold, button: a}]", "fist: a\n  open: {do: hold, button: b}\n  point: [c]")
    assert problems(load, text) == [
        "8: mapping.fist: should be a list, not 'a'; for example fist: [{do: press, button: a}]",
        "9: mapping.open: should be a list, not a section with keys; put it in brackets: open: [{do: hold, button: b}]",
        "10: mapping.point[0]: should be a section with keys, not 'c'; for example {do: press, button: a}",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("fist:", "[fist]:"), "8: is not valid YAML: found unhashable key; a key is one word: remove the brackets"),
        (("do: hold", "do: on"), "8: mapping.fist[0]: should be press, hold, "),
        (
            ("do: hold", "do: "),
            "8: mapping.fist[0]: should be press, hold, toggle, latch, release or another of 23, not em",
        ),
        (
            ("do: hold", "do: [hold]"),
            "8: mapping.fist[0]: should be press, hold, toggle, latch, release or another of 23, not a l",
        ),
        (
            ("button: a", "button: 2026-01-01"),
            "8: mapping.fist[0].button: should be a name, or a list of names, not the date 2",
        ),
        (("[{do: hold, button: a}]", "!!binary aGVsbG8="), "8: mapping.fist: should be a list, not binary data"),
        (
            ("do: hold, button: a", "do: axis, axis: left_x, value: on"),
            "8: mapping.fist[0].value: should be a number, not true",
        ),
        (("kind: replay", "kind: [replay]"), "3: input.kind: should be a name; name the input: "),
        (("user: alice", "user: ali\0ce"), "2: is not valid YAML: it holds the control character #x00; remove it"),
        (("fist:", "<<: 3\n  fist:"), "8: is not valid YAML: expected a mapping or list of mappings for merging"),
        (("alice.onnx", '"a\\0b"'), "6: decoder.model: holds a zero byte"),
        (
            ("kind: classifier", "kind: contrastive\n  select: fist"),
            "6: decoder.select: should be a list of names, not 'fist'; put",
        ),
        (
            ("kind: classifier", "kind: contrastive\n  select: # all"),
            "6: decoder.select: should be a name, or a list of n",
        ),
        (("fist:", "no:"), "8: mapping.no: is a key that is not text; YAML reads no as true or false: write 'no', in"),
        (("fist:", "1:"), "8: mapping.1: is a key that is not text; YAML reads 1 as a number: write '1', in quotes"),
        (
            ("fist:", "on: []\n  fist: []\n  yes:"),
            "10: mapping.yes: is the same key as on; YAML reads yes as true or fa",
        ),
        (("fist:", "1: []\n  0x1:"), "9: mapping.0x1: is the same key as 1; YAML reads 0x1 as a number: write '0x1'"),
        (("fist:", "fist: []\n  'fist':"), "8: mapping.fist: is given twice"),
        (
            ("button: a", "button: on"),
            "8: mapping.fist[0].button: should be a name, or a list of names, not true; YAML r",
        ),
        (("alice.onnx", "alice.onnx\n  rest: off"), "7: decoder.rest: should be text, not false; YAML reads"),
        (
            ("outputs:", "safety: {stale_after_s: 0,1}\noutputs:"),
            "9: safety.1: is a key that is not text; a comma begins another key: write 0.1, with a point",
        ),
        (
            ("outputs:", "safety:\n  stale_after_s: 0,1\noutputs:"),
            "10: safety.stale_after_s: should be a number, not '0,1'; write 0.1, with a point",
        ),
        (
            ("  model:", "\tmodel:"),
            "6: is not valid YAML: found character '\\t' that cannot start any token; YAML takes no tabs here",
        ),
        (
            ("alice.onnx", "@alice"),
            "6: is not valid YAML: found character '@' that cannot start any token; text that beg",
        ),
        (("do: hold", "do: push"), "8: mapping.fist[0]: 'push' is not possible here; did you mean 'press'?"),
    ],
)
def test_what_yaml_makes_of_it_is_explained(load, change, message):
    found = problems(load, GOOD.replace(*change))
    assert any(line.startswith(message) for line in found), found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("do: hold, ", ""), "8: mapping.fist[0]: needs the key 'do'; for example {do: press, button: a}"),
        ((", button: a", ""), "8: mapping.fist[0].button: is missing; for example button: a"),
        (("button: a", "key: a"), "8: mapping.fist[0].key: unknown key; did you mean 'button'?"),
        (("fist: [{do: hold, button: a}]", ""), "7: mapping: should be a section with keys, not empty; for example {f"),
        (("[{do: hold, button: a}]", "[{do: axis, axis: x}]"), "8: mapping.fist[0].value: is missing; for example v"),
        (
            ("{do: hold, button: a}", "{do: sequence, steps: [a]}"),
            "8: mapping.fist[0].steps[0]: should be a section with keys, not 'a'; for example {press: a}",
        ),
        (
            ("{do: hold, button: a}", "{do: hold, button: a, pitch_deg: [30, 10]}"),
            "8: mapping.fist[0]: pitch_deg should be [lowest, highest], the smaller angle first",
        ),
        (
            ("{do: hold, button: a}", "{do: led, colour: red}"),
            "8: mapping.fist[0].colour: should be a color of six hexadecimal digits, not 'red'; for ex",
        ),
        (
            ("{do: hold, button: a}", "{when: hold, do: press, button: a}"),
            "8: mapping.fist[0].when: 'hold' is not poss",
        ),
        (
            ("{kind: replay, path: session.csv}", "myo"),
            "3: input: should be a section with keys, not 'myo'; for example {",
        ),
        (
            ("user: alice", "user: alice b"),
            "2: user: should be a name of letters, digits and the characters _ . -, ",
        ),
        (
            ("outputs:", "safety: {stale_after_s: 200ms}\noutputs:"),
            "9: safety.stale_after_s: should be a number, not '200ms'; write 0.2, without a unit",
        ),
        (
            ("outputs:", "safety: {wait_for_rest: nein}\noutputs:"),
            "9: safety.wait_for_rest: should be true or false, not 'nein'",
        ),
        (
            ("outputs:", "axes: {x: {curve: [0, 1]}}\noutputs:"),
            "9: axes.x.curve: should be an exponent, for example 2, or points, for example [[0, 0], [",
        ),
        (
            ("outputs:", "layers: {menu: []}\noutputs:"),
            "9: layers.menu: should be a section with keys, not a list; for ex",
        ),
        (("fist:", "2001-01-01:"), "8: mapping.2001-01-01: is a key that is not text; YAML reads 2001-01-01 as a date"),
        (("user: alice", "user: 'alice"), "2: is not valid YAML: found unexpected end of stream; a quotation mark is"),
        (("model: alice.onnx", "model: yes"), "6: decoder.model: should be a path, not true; YAML reads yes as true"),
    ],
)
def test_a_wrong_shape_gets_an_example(load, change, expected):
    found = problems(load, GOOD.replace(*change))
    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("push", ("press", "pause"), "; did you mean 'press'?"),
        ("Stop", ("press", "pause"), "; did you mean 'pause'?"),
        ("xbox", ("ds4", "x360"), "; did you mean 'x360'?"),
        ("xbox", ("gamepad", "keyboard"), "; did you mean 'gamepad'?"),
        ("push", ("push_up", "crush"), "; did you mean 'push_up'?"),
        ("push", ("a", "b"), "; known: a, b"),
    ],
)
def test_a_word_near_in_meaning_goes_before_one_near_in_spelling(word, known, expected):
    assert did_you_mean(word, known) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: is not a profile"),
        ("- 1\n", "1: is not a profile"),
        ("emgctl: [1\n", "2: is not valid YAML"),
        (b"emgctl: \xff\n", " is not UTF-8 text"),
        ("a: !!python/object/apply:os.system ['true']\n", "1: is not valid YAML"),
    ],
)
def test_what_is_no_profile_is_said_so(load, text, message):
    assert problems(load, text)[0].startswith(message)


def test_a_missing_profile_is_named(tmp_path):
    with pytest.raises(ProfileError, match=r"nobody\.yaml: can't be read: No such file"):
        load_profile(tmp_path / "nobody.yaml", Registry())


def test_a_link_out_of_the_folder_is_refused(load, tmp_path):
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("1\n")
    (tmp_path / "session.csv").symlink_to(outside)
    assert "lies outside the profile's folder" in problems(load, GOOD)[0]


def test_the_input_can_be_named_on_the_command_line(load):
    profile = load(GOOD, input_override="replay:/anywhere/x.csv", speed="max")
    assert str(profile.input.options.path) == "/anywhere/x.csv"
    assert profile.input.options.speed == "max"
    assert load(GOOD, speed=2.0).input.options.speed == 2.0


@pytest.mark.parametrize(
    ("text", "message"), [("replya:x", "did you mean 'replay'"), ("replay", "--input replay: path: is missing")]
)
def test_a_wrong_input_is_named(text, message):
    with pytest.raises(UsageError, match=message):
        override(Registry(), text)


def test_the_schema_knows_every_plugin():
    document = schema(Registry())
    text = json.dumps(document)
    for kind in ("replay", "synthetic", "classifier", "gamepad", "hello"):
        assert f'"const": "{kind}"' in text
    assert "stale_after_s" in text
    assert yaml.safe_load(text) == document
