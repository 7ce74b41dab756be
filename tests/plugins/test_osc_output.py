"""The output OSC as a listener: its port, its addresses, and who may use them."""

import socket
import subprocess
import sys

import pytest
from osc_listening import KILL, Run, message, run_fixture  # noqa: F401
from pythonosc.osc_packet import OscPacket

from emgctl.errors import DeviceError
from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, StopRequest
from emgctl_osc.osc import Osc, OscOptions
from emgctl_osc.server import Listener


def run_context(run, user="tester"):
    return RunContext(user, SIGNAL, ("rest", "fist"), Stats().snapshot, run.asked.append, halt=run.halt)


def test_a_stop_is_received_while_the_receiver_is_lost(run, monkeypatch):
    one = Osc(OscOptions(port=9, listen_port=0))
    one.open(run_context(run))
    port = one._listener.port
    monkeypatch.setattr(one, "_messages", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        one.send(Command(0.0, prediction=gesture("fist")))
    one.close()  # as the core does before it tries to reopen
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(KILL, ("127.0.0.1", port))
        run.waits_for(StopRequest("kill", "OSC"))
        monkeypatch.undo()
        later = Run()
        one.open(run_context(later))
        peer.sendto(message("/emgctl/pause", 1.0), ("127.0.0.1", port))
        later.waits_for(StopRequest("toggle", "OSC"))
    one.send(Command.neutral(0.1, "end", cause="end"))
    one.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", port))  # it is free again


def test_a_listening_port_that_is_taken_names_who_has_it(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DeviceError, match="choose another 'listen_port'") as raised:
            Listener("127.0.0.1", port, run.halt, run.asked.append)
    if sys.platform == "linux":
        assert "python" in str(raised.value)


SENDS = """
import sys
from emgctl.testing import run_context
from emgctl_osc.osc import Osc, OscOptions
one = Osc(OscOptions(port=int(sys.argv[1])))
one.open(run_context())
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks files in another way")
def test_a_second_run_of_the_same_user_to_the_same_receiver_is_refused(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        words = [sys.executable, "-c", SENDS, str(port)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline() == "open\n"
            with pytest.raises(
                DeviceError, match=rf"another run \(process {other.pid}\) is sending to the same addresses"
            ):
                Osc(OscOptions(port=port)).open(run_context(run))
            for user, options in (("another", {}), ("tester", {"addresses": {"gesture": "/mine"}})):
                fits = Osc(OscOptions(port=port, **options))
                fits.open(run_context(run, user))
                fits.close()
            other.kill()
            other.wait()
        twice = [Osc(OscOptions(port=port)) for _ in range(2)]
        for one in twice:
            one.open(run_context(run))
        for one in twice:
            one.close()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("Müller", "Muller"),
        ("Faust links", "Faust_links"),
        ("groß", "gross"),
        ("手", "_"),
        ("a/b", "a_b"),
        ("é\0\n", "e__"),
    ],
)
def test_addresses_are_ascii(user, expected, run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        one = Osc(OscOptions(port=peer.getsockname()[1]))
        one.open(run_context(run, user))
        one.send(Command(0.0, {"höhe": 0.5}, prediction=gesture("fist")))
        addresses = {timed.message.address for timed in OscPacket(peer.recv(65_536)).messages}
        one.close()
    assert f"/emgctl/{expected}/axis/hohe" in addresses
    assert all(address.isascii() and address.isprintable() for address in addresses)


def test_labels_that_would_share_an_address_are_named():
    from emgctl.plugin import WindowSpec

    one = Osc(OscOptions(addresses={"is_gesture": "/is/{label}"}))
    (problem,) = one.problems(WindowSpec(SIGNAL, 4, 2, ("rest", "Faust links", "Faust_links")))
    assert problem[0] == ("addresses", "is_gesture")
    assert "'Faust links' and 'Faust_links' would share the address '/is/Faust_links'" in problem[1]
    assert not list(one.problems(WindowSpec(SIGNAL, 4, 2, ("rest", "fist"))))
