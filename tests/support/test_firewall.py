"""What a firewall keeps away looks like a device that sends nothing: messages name it where others may send."""

import socket
import sys

import pytest

from emgctl.errors import DeviceError
from emgctl.support.datagrams import bound
from emgctl.support.firewall import firewall_remedy
from emgctl.support.web.listening import listen
from emgctl_otb.link import Link
from emgctl_udp.options import UdpOptions
from emgctl_udp.udp_input import UdpInput


@pytest.fixture(autouse=True)
def _option_of_windows(monkeypatch):
    """Elsewhere, another option takes the place of the one that only Windows has."""
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR, raising=False)


@pytest.mark.parametrize(
    ("system", "place"),
    [("win32", "Windows Security"), ("darwin", "System Settings"), ("linux", "allow incoming data on this port")],
)
def test_an_input_that_gets_nothing_from_other_computers_names_the_firewall(monkeypatch, system, place):
    monkeypatch.setattr(sys, "platform", system)
    with bound("udp", "127.0.0.1", 0, "") as free:
        port = free.getsockname()[1]
    for host, named in (("0.0.0.0", True), ("127.0.0.1", False)):
        with pytest.raises(DeviceError, match="received nothing") as error:
            UdpInput(UdpOptions(port=port, host=host, wait_s=0.01)).open()
        assert (place in error.value.remedy) == named


@pytest.mark.parametrize("opened", [bound, listen, lambda host, port, who, _: Link.listening(who, host, port)])
@pytest.mark.parametrize(
    ("system", "host", "warned"),
    [
        ("win32", "0.0.0.0", True),
        ("darwin", "0.0.0.0", True),
        ("linux", "0.0.0.0", False),
        ("win32", "127.0.0.1", False),
    ],
)
def test_a_listener_for_other_computers_needs_leave(monkeypatch, caplog, opened, system, host, warned):
    words = ("osc", host, 0, "") if opened is bound else (host, 0, "http", "")
    monkeypatch.setattr(sys, "platform", system)
    made = opened(*words)
    made.close()
    assert ("only through the firewall" in caplog.text) == warned


def test_the_remedy_is_only_for_what_comes_from_elsewhere():
    assert [bool(firewall_remedy(host)) for host in ("localhost", "::1", "127.0.0.5", "192.168.0.2", "", "::")] == [
        False, False, False, True, True, True,
    ]  # fmt: skip
