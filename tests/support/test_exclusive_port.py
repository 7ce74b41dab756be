"""Ports on Windows, where a second program could take over what the first one receives."""

import socket

import pytest
from fake_windows import windows

from emgctl.support.datagrams import bound
from emgctl.support.web.listening import listen
from emgctl_otb.link import Link

EXCLUSIVE = -5  # winsock2.h: ~SO_REUSEADDR


def port_of(one):
    try:
        return one.getsockname()[1]
    except OSError:  # of Windows, for a socket without a name
        return 0


@pytest.mark.parametrize("kind", ["udp", "http", "amplifier"])
def test_a_port_is_taken_for_this_program_alone(monkeypatch, kind):
    asked = []

    class Socket(socket.socket):
        def setsockopt(self, *option):
            if option[:2] == (socket.SOL_SOCKET, EXCLUSIVE):
                asked.append((option[2], port_of(self)))
            else:
                assert option[1] != socket.SO_REUSEADDR
                super().setsockopt(*option)

    with windows(monkeypatch):
        monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", EXCLUSIVE, raising=False)
        monkeypatch.setattr(socket, "socket", Socket)
        if kind == "udp":
            bound("osc", "127.0.0.1", 0, "choose another").close()
        elif kind == "http":
            listen("127.0.0.1", 0, "http", "choose another").close()
        else:
            Link.listening("otb", "127.0.0.1", 0).close()
    assert asked == [(1, 0)]  # before it has a port


def test_a_server_can_start_again_at_once_and_only_one_has_the_port():
    server = listen("127.0.0.1", 0, "http", "choose another")
    port = server.getsockname()[1]
    with pytest.raises(Exception, match=r"127.0.0.1:\d+"):
        listen("127.0.0.1", port, "http", "choose another")
    client = socket.create_connection(("127.0.0.1", port))
    server.accept()[0].close()
    server.close()
    client.close()
    listen("127.0.0.1", port, "http", "choose another").close()
