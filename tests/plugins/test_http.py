"""The page with the emergency stop, over real sockets."""

import http.client
import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from output_figures import figures
from patience import patient, until
from present import present

from emgctl.errors import DeviceError
from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.support.own_names import OwnNames
from emgctl.support.web import connection
from emgctl.support.web.connection import MOST_CONNECTIONS
from emgctl.testing import SIGNAL, check_output, gesture
from emgctl.types import Command, Recentre, Select, StopAnswer, StopRequest
from emgctl_http.halts import MOST_HALTS
from emgctl_http.http import Http, HttpOptions

STATES: dict[str, Literal["running", "paused", "killed"]] = {"kill": "killed", "resume": "running"}


class Run:
    """A run as an output sees it."""

    def __init__(self):
        self.asked, self.halts, self.missing = [], [], ()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def halt(self, halt):
        self.halts.append(halt)
        if halt.how != "kill":
            self.may_answer.wait(patient(10))
        return StopAnswer(STATES.get(halt.how, "paused"), 0.0032, self.missing)


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def stats():
    return Stats()


@pytest.fixture
def served(run, stats):
    one = Http(HttpOptions(port=0, names=["arm.example"]))
    one.open(RunContext("tester", SIGNAL, (), stats.snapshot, run.asked.append, halt=run.halt))
    yield one
    one.close()
    one.close()


def call(one, method, path, body=None, **headers):
    client = http.client.HTTPConnection(urlsplit(one.address).netloc, timeout=patient(10))
    client.request(method, path, body, headers)
    answer = client.getresponse()
    content = answer.read().decode()
    client.close()
    return answer.status, content


def state(one):
    return json.loads(call(one, "GET", "/state")[1])


def raw(one, data=b""):
    place = urlsplit(one.address)
    client = socket.create_connection((place.hostname, place.port), timeout=patient(10))
    client.sendall(data)
    return client


def test_contract():
    check_output(Http, HttpOptions(port=0))


@pytest.mark.parametrize(
    ("path", "halt", "message"),
    [
        ("/kill", "kill", "stopped in 3.2 ms"),
        ("/kill?now", "kill", "stopped in 3.2 ms"),
        ("/pause", "pause", "stopped (paused) in 3.2 ms"),
        ("/resume", "resume", "running again, after rest in 3.2 ms"),
        ("/toggle", "toggle", "stopped (paused) in 3.2 ms"),
    ],
)
def test_a_halt_is_answered_when_it_is_done(path, halt, message, served, run):
    assert call(served, "POST", path) == (200, f"{message}\n")
    assert call(served, "POST", path, body=b"x" * 100_000)[0] == 200
    assert run.halts == [StopRequest(halt, "HTTP")] * 2


def test_an_output_that_has_not_confirmed_is_named(served, run):
    run.missing = ("hand: not connected",)
    status, text = call(served, "POST", "/kill")
    assert status == 503
    assert "not confirmed by hand: not connected" in text
    status, text = call(served, "POST", "/kill", Accept="application/json")
    assert status == 503
    answer = json.loads(text)
    assert (answer["state"], answer["took_ms"], answer["missing"]) == ("killed", 3.2, ["hand: not connected"])


def test_a_killed_run_does_not_go_on(run):
    one = Http(HttpOptions(port=0))
    one.open(RunContext("tester", SIGNAL, (), Stats().snapshot, halt=lambda _: StopAnswer("killed", 0.0)))
    assert call(one, "POST", "/kill")[0] == call(one, "POST", "/pause")[0] == 200
    assert call(one, "POST", "/resume")[0] == call(one, "POST", "/toggle")[0] == 409
    one.close()


def test_a_stop_that_fails_is_no_success(run):
    def broken(_):
        return 1 / 0

    one = Http(HttpOptions(port=0))
    one.open(RunContext("tester", SIGNAL, (), Stats().snapshot, halt=broken))
    assert call(one, "POST", "/kill") == (500, "kill failed: division by zero\n")
    one.close()


def test_other_requests(served, run):
    assert call(served, "POST", "/recenter") == (200, "accepted\n")
    assert call(served, "POST", "/select?grasp=power&grasp=key") == (200, "accepted\n")
    assert call(served, "POST", "/select?" + "&".join(["grasp=x"] * 33))[0] == 400
    assert run.asked == [Recentre(), Select(("power", "key"))]
    assert call(served, "GET", "/kill")[0] == 404  # a link must not stop a hand
    assert call(served, "POST", "/launch")[0] == 404
    assert not run.halts


def test_the_state_and_since_when_and_which_output_is_missing(served, stats):
    assert state(served)["reason"] == "waiting for the first decision"
    served.send(Command(1.5, prediction=gesture("fist")))
    now = state(served)
    assert (now["gesture"], now["state"], now["reason"]) == ("fist", "running", "")
    stats.outputs["hand"] = figures("open", commands=7)
    before = state(served)["outputs"]["hand"]
    assert (before["is_there"], before["commands"]) == (True, 7)
    time.sleep(0.002)
    stats.outputs["hand"] = figures("reconnecting", "no answer")
    first, second = state(served)["outputs"]["hand"], state(served)["outputs"]["hand"]
    assert (first["state"], first["is_there"], first["last_error"]) == ("reconnecting", False, "no answer")
    assert first["since"] == second["since"] > before["since"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["since"])


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (Command.neutral(1.0, "paused", cause="halt"), "paused"),
        (Command.neutral(1.0, "killed by HTTP", cause="halt"), "stopped"),
        (Command.neutral(1.0, "no samples for 0.2 s", cause="silence"), "fault"),
        (Command.neutral(1.0, "decoder failed", cause="fault"), "fault"),
        (Command.neutral(1.0, "waiting for rest", cause="waiting"), "waiting for rest"),
        (Command.neutral(1.0, "asleep: double fist wakes it", cause="asleep"), "asleep"),
        (Command(math.nan, prediction=gesture("fist", confidence=math.nan)), "running"),
    ],
)
def test_the_state_in_a_word(command, word, served):
    served.send(command)
    now = json.loads(call(served, "GET", "/state")[1], parse_constant=pytest.fail)  # NaN is no JSON
    assert (now["state"], now["reason"]) == (word, command.reason)


def test_the_page_works_by_itself(served):
    status, page = call(served, "GET", "/")
    assert status == 200
    assert '<button id="kill" autofocus>STOP</button>' in page
    assert page.count("aria-live") >= 3
    assert "http://" not in page
    assert "https://" not in page
    for path in re.findall(r'call\("(/\w+)"', page):
        assert call(served, "GET", path)[0] == 200


class Page:
    """The page's script in node, and what it shows."""

    def __init__(self, one, tmp_path):
        script = present(re.search("<script>(.*)</script>", call(one, "GET", "/")[1], re.DOTALL))[1]
        (tmp_path / "page.js").write_text(script)
        words = ["node", str(Path(__file__).parent / "page_in_node.js"), str(tmp_path / "page.js"), one.address]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._limit = threading.Timer(60, self.process.kill)
        self._limit.start()

    def click(self, button):
        self.process.stdin.write(f"{button}\n")

    def shows(self, fact):
        for line in self.process.stdout:
            if fact(shown := json.loads(line)):
                return shown
        raise AssertionError("the page has ended")

    def close(self):
        self._limit.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_page_shows_answers_outputs_and_a_lost_connection_and_tries_a_stop_again(served, run, stats, tmp_path):
    stats.outputs["hand"] = figures("reconnecting", "no answer")
    served.send(Command.neutral(1.0, "paused", cause="halt"))
    page = Page(served, tmp_path)
    try:
        shown = page.shows(lambda shown: shown["outputs"])
        assert (shown["state"], shown["why"].partition(",")[0]) == ("paused", "paused")
        assert re.fullmatch(r"hand: reconnecting since .+ \(no answer\)", shown["outputs"][0])
        page.click("resume")
        page.shows(lambda shown: "running again, after rest in 3.2 ms" in shown["answer"])
        run.missing = ("hand: not connected",)
        page.click("pause")
        shown = page.shows(lambda shown: "not confirmed by hand: not connected" in shown["answer"])
        assert shown["bad"] == "bad"
        port = urlsplit(served.address).port
        served.close()
        page.click("kill")
        page.shows(lambda shown: "kill was NOT received: no connection to emgctl, trying again" in shown["answer"])
        page.shows(lambda shown: shown["link"].startswith("no connection to emgctl since") and shown["body"] == "lost")
        assert StopRequest("kill", "HTTP") not in run.halts
        again = Http(HttpOptions(port=port))
        again.open(RunContext("tester", SIGNAL, (), stats.snapshot, halt=run.halt))
        page.shows(lambda shown: "stopped in 3.2 ms" in shown["answer"])
        page.shows(lambda shown: not shown["link"] and shown["body"] == "")
        assert run.halts[-1] == StopRequest("kill", "HTTP")
        again.close()
    finally:
        page.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "[::1"},
        {"Host": ""},
    ],
)
def test_other_sites_can_ask_for_nothing(headers, served, run):
    assert call(served, "POST", "/pause", **headers)[0] == 403
    assert call(served, "POST", "/kill", **headers)[0] == 403
    assert call(served, "GET", "/state", **headers)[0] == 403
    assert not run.halts


def own_names():
    name = socket.gethostname()
    short = name.partition(".")[0]
    return ["localhost", name, name.upper(), f"{short}.local", f"{short}.LOCAL.", "arm.example", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize("name", own_names())
@pytest.mark.parametrize("port", ["", ":8765"])
def test_it_may_be_called_by_the_machine_s_own_names(name, port, served, run):
    assert call(served, "POST", "/kill", Host=name + port, Origin=f"http://{name}{port}")[0] == 200
    assert run.halts


def test_names_that_the_system_gives_its_addresses():
    names = OwnNames("127.0.0.1")
    names._looking.join(10)
    known = socket.gethostbyaddr("127.0.0.1")
    assert all(names.include(one) for one in (known[0], *known[1]))
    assert not names.include("evil.example")


def test_garbage_and_callers_who_say_nothing_hold_up_nobody(served, run):
    wild = [raw(served, data) for data in (
        b"", b"P", b"POST /kill HTTP/1.1\r\n", b"POST /kill HTTP/1.1\r\nContent-Length: 10\r\n\r\n",
        b"\xff\x00\xfe" * 1000 + b"\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 99, b"A" * 100_000, b"\r\n" * 1000,
        b"GET / HTTP/1.1\r\n" + b"A: " + b"b" * 100_000, b"GET\r\n", b"GET /\r\n\r\n",
        b"POST http://[/kill HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
        b"POST /kill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    )]  # fmt: skip
    assert call(served, "POST", "/pause")[0] == 200
    for one in wild:
        one.close()


@pytest.mark.slow
def test_a_thousand_open_connections_keep_no_stop_away(served, run):
    threads = threading.active_count()
    idle = [raw(served, b"POST /pause HTTP/1.1\r\n") for _ in range(1000 if sys.platform == "linux" else 200)]
    begun_s = time.monotonic()
    assert call(served, "POST", "/kill") == (200, "stopped in 3.2 ms\n")
    assert time.monotonic() - begun_s < 5  # they would be waited for as long
    assert threading.active_count() - threads <= MOST_CONNECTIONS + 10
    for one in idle:
        one.close()


def test_callers_whose_pause_takes_its_time_keep_no_stop_away(served, run):
    run.may_answer.clear()
    waiting = [raw(served, b"POST /pause HTTP/1.0\r\nHost: localhost\r\n\r\n") for _ in range(2 * MOST_CONNECTIONS)]
    assert call(served, "POST", "/kill") == (200, "stopped in 3.2 ms\n")
    run.may_answer.set()
    for one in waiting:
        one.close()


def test_a_flood_of_toggles_is_refused_beyond_a_limit_and_a_stop_never(served, run):
    run.may_answer.clear()
    toggling = [raw(served, b"POST /toggle HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(MOST_HALTS)]
    until(lambda: len(run.halts) == MOST_HALTS)
    assert call(served, "POST", "/toggle") == (503, "too many requests are being carried out; try again\n")
    pausing = raw(served, b"POST /pause HTTP/1.1\r\nHost: localhost\r\n\r\n")
    until(lambda: run.halts[-1].how == "pause")
    assert call(served, "POST", "/kill")[0] == 200
    run.may_answer.set()
    for one in (*toggling, pausing):
        one.close()


def test_a_client_that_does_not_finish_its_request_is_waited_for_only_briefly(served, run, monkeypatch):
    monkeypatch.setattr(connection, "WAITING_S", 0.05)
    head = b"POST /pause HTTP/1.1\r\nHost: localhost\r\n"
    run.may_answer.clear()
    patient_one = raw(served, head + b"\r\n")  # its request is complete, and its answer is what takes long
    for sent in (b"", b"POST", head, head.replace(b"pause", b"kill") + b"Content-Length: 9\r\n\r\n"):
        odd = raw(served, sent)
        while odd.recv(4096):
            pass
        odd.close()
    run.may_answer.set()
    assert patient_one.recv(4096).startswith(b"HTTP/1.1 200 ")
    patient_one.close()


def test_a_client_that_sends_no_more_gets_its_answer(served):
    one = raw(served, b"POST /kill HTTP/1.1\r\nHost: localhost\r\n\r\n")
    one.shutdown(socket.SHUT_WR)
    assert one.recv(4096).startswith(b"HTTP/1.1 200 ")
    one.close()


def test_closing_ends_all_connections_at_once(served):
    callers = [raw(served, b"GET / HT") for _ in range(10)]
    call(served, "GET", "/state")
    begun_s = time.monotonic()
    served.close()
    for one in callers:
        one.settimeout(3)
        assert one.recv(100) == b""
        one.close()
    assert time.monotonic() - begun_s < 3  # a silent caller would stay for 5 s


def test_a_port_that_is_taken_names_who_has_it(served):
    port = urlsplit(served.address).port
    with pytest.raises(DeviceError, match="choose another 'port'") as raised:
        Http(HttpOptions(port=port)).open(RunContext("tester", SIGNAL, (), Stats().snapshot))
    if sys.platform == "linux":
        assert f"(process {os.getpid()})" in str(raised.value)
