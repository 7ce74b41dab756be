"""The studio's server: who is let in, what is refused, and runs from start to end."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from bad_packages import HEAD, asked
from command_line import emgctl
from demo_folder import put_demo
from packages import install
from patience import patient, until
from studio_server import StudioServer, messages, pictures, studio
from websockets.exceptions import InvalidStatus

from emgctl.studio.app import STATIC

pytestmark = pytest.mark.process
MOVING = """\
emgctl: 1
user: mover
input: {kind: replay, path: demo.h5}
decoder: {kind: classifier, model: demo.onnx}
mapping: {fist: [{do: press, button: a}]}
outputs: [{kind: gamepad}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = put_demo(tmp_path_factory.mktemp("studio") / "mine")
    (made / "broken.yaml").write_text("emgctl: 1\nuser: a b\n")
    (made / "notes.yaml").write_text("shopping: [milk]\n")
    (made.parent / "outside.yaml").write_text("emgctl: 1\n")
    return made


def test_a_link_opens_the_studio_in_one_browser_and_another_link_in_another(served):
    used = f"/?{urlsplit(served.link).query}"
    assert served.request("GET", used).status == 401
    page = served.get("/")
    assert page.status == 200
    assert "/static/studio.js" in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    path = served.post("/api/link").json["path"]
    answer = served.request("GET", path)
    assert answer.status == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert served.request("GET", "/", Cookie=cookie.split(";")[0]).status == 200


@pytest.mark.parametrize("path", ["/", "/api/home", "/static/studio.js", "/?token=", "/?token=wrong", "/api/nothing"])
@pytest.mark.parametrize("value", ["", "=", "=x", "=\u00e9", ";;=", " b"])
def test_without_the_cookie_nothing_is_shown(served, path, value):
    answer = served.request("GET", path, Cookie=served.cookie.split("=")[0] + value)
    assert (answer.status, answer.text) == (
        401,
        "open the studio by the link that it printed; each link opens it in one browser\n",
    )


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1", "a" * 300])
def test_a_foreign_host_name_is_refused_whatever_the_cookie(served, host):
    answer = served.request("GET", "/api/home", Host=host, Cookie=served.cookie)
    assert answer.status in (400, 403)  # 400: no host name at all
    assert "home" not in answer.text


@pytest.mark.parametrize("port", ["99999", "999999999", "x", "-1", ""])
def test_a_port_that_is_none_is_a_stranger_s(served, port):
    answer = served.request("GET", "/api/home", Host=f"localhost:{port}", Cookie=served.cookie)
    assert answer.status in (401, 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://", "http://[", None])
def test_a_foreign_origin_can_do_nothing(served, origin):
    headers = {"Cookie": served.cookie} | ({} if origin is None else {"Origin": origin})
    for path in ("run", "stop", "halt", "link"):
        answer = served.request("POST", f"/api/{path}", "{}", **headers)
        assert (answer.status, answer.text) == (403, "requests from other sites' pages are refused\n")
    if origin is not None:
        with pytest.raises(InvalidStatus, match="403"):
            served.live(origin=origin)


def test_the_live_view_needs_the_cookie(served):
    with pytest.raises(InvalidStatus, match="403"):
        served.live(cookie=served.cookie.split("=")[0] + "=guessed")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "the request has no 'profile'"),
        ("{", "the request is not JSON"),
        ("[1]", "the request is not a JSON object"),
        ("[" * 50_000, "the request is not JSON"),
        (b"\xff\xfe", "the request is not JSON"),
        (b" " * 70_000, "a request may have 65536 bytes"),
        ({"profile": 3}, "the request has no 'profile'"),
        ({"profile": "../outside.yaml"}, "../outside.yaml: is not in the studio's folder"),
        ({"profile": "/etc/passwd"}, "/etc/passwd: is not in the studio's folder"),
        ({"profile": "a\u0000b"}, "is not in the studio's folder"),
        ({"profile": "."}, "is not in the studio's folder"),
        ({"profile": "missing.yaml"}, "missing.yaml: is not in the studio's folder"),
        ({"profile": "broken.yaml"}, "broken.yaml"),
        ({"profile": "demo.h5"}, "demo.h5"),
    ],
)
def test_a_request_to_run_what_can_not_be_run(served, body, problem):
    answer = served.post("/api/run", body)
    assert answer.status == 400
    assert problem in answer.json["problem"]


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_only_the_page_s_files_are_served(served, path):
    assert served.get(path).status == 404


def test_what_is_in_the_folder(served, folder):
    home = served.get("/api/home").json
    assert home["folder"] == str(folder)
    found = {one["name"]: one for one in home["profiles"]}
    assert set(found) == {"demo.yaml", "broken.yaml"}
    assert found["demo.yaml"]["gestures"]["fist"] == [{"do": "hold", "button": ["a"]}]
    assert "'a b'" in found["broken.yaml"]["problem"]
    assert str(folder) not in found["broken.yaml"]["problem"]
    assert [one["name"] for one in home["recordings"]] == ["demo.h5"]


def test_a_run_is_seen_halted_and_ended(served):
    assert served.post("/api/halt", {"how": "kill"}).json == {"problem": "nothing is running"}
    with served.live() as live, served.live() as other:
        assert served.post("/api/run", {"profile": "demo.yaml"}).json == {"running": "demo.yaml"}
        assert (
            served.post("/api/run", {"profile": "demo.yaml"}).json["problem"] == "demo.yaml is running; stop it first"
        )
        seen = messages(live)
        fist = next(one for one in seen if (one["state"].get("prediction") or {}).get("label") == "extension")
        assert fist["run"]["channels"] == 8
        assert fist["state"]["axes"] == {"left_x": 1.0}
        assert len(fist["strength"]) == 8
        assert len(next(pictures(other))) > 16
        assert served.post("/api/halt", {"how": "jump"}).status == 400
        answer = served.post("/api/halt", {"how": "pause"}).json
        assert (answer["state"], answer["missing"]) == ("paused", [])
        paused = next(one for one in seen if one["state"].get("cause") == "halt")
        assert (paused["state"]["axes"], paused["state"]["reason"]) == ({}, "paused")
        assert served.post("/api/halt", {"how": "resume"}).json["state"] == "running"
        assert served.post("/api/stop").json == {}
        assert next(one for one in seen if one["ended"])["ended"]["status"] == 0
    assert served.get("/api/home").json["running"] == ""


def test_a_profile_that_moves_something_starts_at_the_second_click_only(served, folder):
    (folder / "moving.yaml").write_text(MOVING)
    for guessed in ("-", "+", "", "é", "\ud800", 1, None):  # before any was given out
        assert "running" not in served.post("/api/run", {"profile": "moving.yaml", "confirm": guessed}).json
    first = served.post("/api/run", {"profile": "moving.yaml"}).json
    assert first["moves"] == ["gamepad"]
    assert served.post("/api/run", {"profile": "moving.yaml", "confirm": "guessed"}).json["confirm"] != first["confirm"]
    assert served.post("/api/run", {"profile": "moving.yaml", "confirm": first["confirm"]}).json.get("running") is None
    again = served.post("/api/run", {"profile": "moving.yaml"}).json
    assert served.post("/api/run", {"profile": "moving.yaml", "confirm": again["confirm"]}).json["running"]
    served.post("/api/stop")
    (folder / "moving.yaml").unlink()


def test_a_run_that_fails_is_explained(served, folder):
    (folder / "elsewhere.yaml").write_text(
        (folder / "demo.yaml")
        .read_text()
        .replace("kind: replay\n  path: demo.h5", "kind: myo\n  address: '00:00:00:00:00:01'")
    )
    assert served.post("/api/run", {"profile": "elsewhere.yaml"}).status == 200
    with served.live() as live:  # which would show how the run of another test ended, before this one begins
        ended = next(one for one in messages(live) if one["ended"])["ended"]
    assert ended["status"] == 1
    assert ended["messages"]


def test_a_run_ends_with_its_studio(folder):
    (folder / "logged.yaml").write_text(MOVING.replace("kind: gamepad", "kind: log, path: commands.jsonl"))
    with studio(folder) as one:
        one.open()
        with one.live() as live:
            one.post("/api/run", {"profile": "logged.yaml"})
            next(found for found in messages(live) if found["state"])
            one.process.kill()
            one.process.wait()
    until(lambda: "stopped by SIGTERM" in (folder / "commands.jsonl").read_text())
    (folder / "logged.yaml").unlink()


def test_a_studio_that_is_closed_during_a_search_for_devices_ends_at_once_and_quietly(folder, tmp_path):
    begun, printed = tmp_path / "begun", tmp_path / "stderr"
    search = f"open({str(begun)!r}, 'w').close(); time.sleep(60); return []"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    install(tmp_path, "search", HEAD + asked("search", "devices(cls, seconds)", search))
    with printed.open("w") as stderr, studio(folder, stderr=stderr, PYTHONPATH=path) as one:
        one.open()
        with ThreadPoolExecutor(1) as thread:
            searching = thread.submit(one.get, "/api/devices")
            until(begun.exists)
            one.process.terminate()
            answer = searching.result()
        assert (answer.status, answer.json) == (400, {"problem": "the studio was closed"})
        one.process.wait(patient(2))
    assert printed.read_text() == ""


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_as_soon_as_the_link_appears_ends_the_studio_cleanly(folder, tmp_path, times):
    printed = tmp_path / "stderr"
    with printed.open("w") as stderr, studio(folder, stderr=stderr, PYTHONWARNINGS="always::RuntimeWarning") as one:
        for _ in range(times):
            one.process.send_signal(signal.SIGINT)
        assert one.process.wait(patient(10)) == 0
    assert printed.read_text() == ""


def test_a_port_in_use_is_named(served, folder):
    port = urlsplit(served.link).port
    result = emgctl("studio", folder, "--no-open", "--port", port)
    assert result.returncode == 1
    assert f"studio 127.0.0.1:{port}: is used by '" in result.stderr
    assert "choose another --port" in result.stderr


def test_a_run_in_a_terminal_has_a_dashboard(folder):
    run = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "run", "-p", str(folder / "demo.yaml"), "--dashboard"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert run.stderr is not None
        line = next(one for one in run.stderr if "the dashboard is at" in one)
        assert line.endswith("#live\n")
        one = StudioServer(folder, line.split()[-1], run)
        one.open()
        with one.live() as live:
            seen = messages(live)
            assert next(found for found in seen if found["state"])["run"]["user"] == "demo"
            assert one.post("/api/halt", {"how": "kill"}).json["state"] == "killed"
            assert (
                one.post("/api/run", {"profile": "demo.yaml"}).json["problem"] == "demo.yaml is running; stop it first"
            )
        run.send_signal(signal.SIGINT)
        assert run.wait(patient(10)) == 0
    finally:
        run.kill()
        run.communicate()


def test_all_code_and_styles_are_small():
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < 300_000


def test_json_of_the_state_has_no_infinite_number(served):
    with served.live() as live:
        json.dumps(next(messages(live)), allow_nan=False)
