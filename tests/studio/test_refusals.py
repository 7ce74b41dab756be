"""Requests that no page would send, a full disk, and two studios at once: a sentence, and nothing is lost."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
from typing import Any

import pytest
from calibrating import PROFILE, put_fast, start
from demo_folder import PROFILES
from editor import COMMENTED, gesture, put_alice
from studio_server import messages, studio
from websockets.exceptions import ConnectionClosed

from emgctl.support.web.listening import listen

pytestmark = pytest.mark.process
ADDRESSES = (
    "run", "halt", "mapping", "mapping/propose", "mapping/save", "mapping/begin", "calibration/gestures",
    "calibration/start", "calibration/begin", "calibration/again", "try", "recordings/about", "recordings/open",
    "recordings/columns", "recordings/write", "recordings/evaluate",
)  # fmt: skip
KEYS = ("profile", "hash", "edits", "as", "how", "kind", "gestures", "names", "number", "recording", "labels", "input")
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "",
    " ",
    "\u0000",
    "\ud800",
    "../x",
    "a" * 600,
    [],
    [[]],
    {},
    {"a": {}},
)
SMALL = 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return put_alice(tmp_path_factory.mktemp("studio") / "mine")


@contextlib.contextmanager
def full_disk(process_id, most=SMALL):
    """No file of a process, or of those that it starts, gets longer than so many bytes meanwhile."""
    import resource

    before = resource.prlimit(process_id, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, before)


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits another process's files")


@pytest.mark.parametrize("address", ADDRESSES)
def test_whatever_a_request_holds_the_answer_is_a_sentence(served, address):
    before = sorted(served.folder.iterdir())
    for value in STRANGE:
        answer = served.post(f"/api/{address}", dict.fromkeys(KEYS, value))
        assert answer.status == 400, (value, answer)
        problem = answer.json["problem"]
        assert problem
        assert "Traceback" not in problem
    assert sorted(served.folder.iterdir()) == before


def test_of_many_links_that_nobody_used_the_oldest_no_longer_opens_the_studio(served):
    first, *others = [served.post("/api/link").json["path"] for _ in range(17)]
    assert served.request("GET", first).text.startswith("open the studio by the link that it printed")
    assert served.request("GET", others[-1]).status == 303


@pytest.mark.parametrize(
    "message",
    ["", "{", "[" * 50_000, "[]", '{"channel": "1"}', '{"channel": -1}', f'{{"channel": {9**999}}}', b"\xff\x00"],
)
def test_a_malformed_message_of_a_page_changes_nothing_for_it(served, message):
    with served.live() as live:
        live.send(message)
        live.send('{"channel": 5}')
        assert next(one for one in messages(live) if one["spectrum"]["channel"] == 5)


def test_a_message_of_a_page_that_is_too_long_ends_its_connection_and_no_other(served):
    with served.live() as other:
        with served.live() as live:
            live.send(" " * 70_000)
            with pytest.raises(ConnectionClosed) as closed:
                list(messages(live))
        assert closed.value.rcvd.code == 1009
        other.send('{"channel": 5}')
        assert next(one for one in messages(other) if one.get("spectrum", {}).get("channel") == 5)


@needs_linux
def test_on_a_full_disk_a_mapping_stays_as_it_was_and_is_saved_once_there_is_room(served):
    before = sorted(served.folder.iterdir())
    shown = served.post("/api/mapping", {"profile": "alice.yaml"}).json
    edits = [gesture("fist", [{"do": "hold", "button": "x"}])]
    change = {"profile": "alice.yaml", "hash": shown["hash"], "edits": edits}
    with full_disk(served.process.pid):
        for more in ({}, {"as": "copy"}):
            answer = served.post("/api/mapping/save", change | more)
            assert answer.status == 400
            assert "can't be written: File too large; check the path and the disk" in answer.json["problem"]
            assert str(served.folder) not in answer.json["problem"]
    assert sorted(served.folder.iterdir()) == before
    assert (served.folder / "alice.yaml").read_text() == COMMENTED
    assert served.post("/api/mapping/save", change).json == {"changed": False, "profile": "alice.yaml"}
    put_alice(served.folder)


@needs_linux
@pytest.mark.parametrize("most", [2_000, 120_000])
def test_on_a_full_disk_a_calibration_keeps_the_model_in_use(served, most):
    profile = put_fast(served.folder) / "fast.yaml"
    shutil.copy(PROFILES / "demo.onnx", served.folder / "fast.onnx")
    model = (served.folder / "fast.onnx").read_bytes()
    with served.live() as live, full_disk(served.process.pid, most):
        assert start(served, gestures=["fist", "open"]).status == 200
        seen = messages(live, 60)
        next(one for one in seen if (one["calibration"] or {}).get("phase") == "ready")
        assert served.post("/api/calibration/begin").status == 200
        found = next(one for one in seen if one["ended"])["calibration"]
    assert found["phase"] == "failed"
    assert "File too large" in found["failure"][0]
    assert "check the" in found["failure"][0]
    assert (served.folder / "fast.onnx").read_bytes() == model
    assert profile.read_text() == PROFILE
    assert not list(served.folder.rglob(".*part*"))
    put_alice(served.folder)


def test_what_is_edited_while_its_profile_is_calibrated_stays(served):
    profile = put_fast(served.folder) / "fast.yaml"
    with served.live() as live:
        assert start(served, gestures=["fist", "open", "pinch"]).status == 200
        seen = messages(live, 60)
        next(one for one in seen if (one["calibration"] or {}).get("phase") == "ready")
        shown = served.post("/api/mapping", {"profile": "fast.yaml"}).json
        edits = [gesture("fist", [{"do": "hold", "button": "y"}])]
        change = {"profile": "fast.yaml", "hash": shown["hash"], "edits": edits}
        assert served.post("/api/mapping/save", change).json["changed"] is False
        assert served.post("/api/calibration/begin").status == 200
        assert next(one for one in seen if one["ended"])["calibration"]["phase"] == "done"
    text = profile.read_text()
    assert "fist: [{do: hold, button: y}]" in text
    assert "enter" in text
    put_alice(served.folder)


def test_two_studios_of_one_folder_each_ask_before_they_overwrite_what_the_other_saved(served):
    with studio(served.folder) as other:
        other.open()
        hashes = [one.post("/api/mapping", {"profile": "alice.yaml"}).json["hash"] for one in (served, other)]
        changes = [
            {"profile": "alice.yaml", "hash": known, "edits": [gesture("fist", [{"do": "hold", "button": button}])]}
            for known, button in zip(hashes, ("x", "y"), strict=True)
        ]
        assert served.post("/api/mapping/save", changes[0]).json["changed"] is False
        assert other.post("/api/mapping/propose", changes[1]).json["changed"] is True
        assert other.post("/api/mapping/save", changes[1]).json == {"changed": True}
        assert "fist: [{do: hold, button: x}]" in (served.folder / "alice.yaml").read_text()
        both = f"{served.cookie}; {other.cookie}"  # as one browser sends them
        for one in (served, other):
            assert one.request("GET", "/api/home", Cookie=both).status == 200
    put_alice(served.folder)


def test_where_the_usual_port_is_in_use_the_next_studio_takes_another():
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port, "studio", "choose another", exactly=False) as second:
            assert second.getsockname()[1] != port
