"""The page with the emergency stop, over real sockets."""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from emgctl.errors import DeviceError
from emgctl.plugin import Session
from emgctl.stats import Stats
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, Halt, Recentre
from emgctl_http.http import Http, HttpOptions


@pytest.fixture
def served():
    asked = []
    one = Http(HttpOptions(port=0))
    one.open(Session("tester", SIGNAL, (), Stats(), asked.append))
    yield one, asked
    one.close()
    one.close()


def call(one, method, path, **headers):
    connection = http.client.HTTPConnection(urlsplit(one.address).netloc, timeout=5)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, content


def test_it_stops_pauses_and_tells_the_state(served):
    one, asked = served
    assert call(one, "POST", "/kill") == (200, "asked\n")
    assert call(one, "POST", "/pause") == (200, "asked\n")
    assert call(one, "POST", "/recenter") == (200, "asked\n")
    assert asked == [Halt("kill", "HTTP"), Halt("toggle", "HTTP"), Recentre()]
    assert json.loads(call(one, "GET", "/state")[1])["reason"] == "waiting for the first decision"
    one.send(Command(1.5, prediction=gesture("fist")))
    assert json.loads(call(one, "GET", "/state")[1])["gesture"] == "fist"
    assert "STOP" in call(one, "GET", "/")[1]
    assert call(one, "GET", "/kill")[0] == 404  # a link must not stop a hand
    assert call(one, "POST", "/launch")[0] == 404


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Host": ""}])
def test_other_sites_can_ask_for_nothing(served, headers):
    one, asked = served
    assert call(one, "POST", "/pause", **headers)[0] == 403
    assert call(one, "GET", "/state", **headers)[0] == 403
    assert not asked


def test_its_own_page_may_ask(served):
    one, asked = served
    assert call(one, "POST", "/kill", Origin=one.address)[0] == 200
    assert asked


def test_garbage_and_a_caller_who_says_nothing_hold_up_nobody(served):
    one, asked = served
    place = urlsplit(one.address)
    with (
        socket.create_connection((place.hostname, place.port)) as silent,
        socket.create_connection((place.hostname, place.port)) as wild,
    ):
        wild.sendall(b"\xff\x00\xfe" * 1000 + b"\r\n\r\n")
        begun_s = time.monotonic()
        assert call(one, "POST", "/kill")[0] == 200
        assert time.monotonic() - begun_s < 3
        silent.sendall(b"P")
    assert len(asked) == 1


def test_a_port_that_is_taken(served):
    one, _ = served
    port = urlsplit(one.address).port
    with pytest.raises(DeviceError, match="choose another 'port'"):
        Http(HttpOptions(port=port)).open(Session("tester", SIGNAL, (), Stats()))
