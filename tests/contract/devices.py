"""Each installed input, output and simulator with what plays its device: a class, its options, and what must run."""

import os
import socket
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import simulated
from free_port import free_port
from patience import patient

DEMO = Path(__file__).parents[2] / "profiles"
needs_terminals = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")


@contextmanager
def simulate(*words):
    """``emgctl simulate`` in a process of its own."""
    device = simulated.Simulated(*words)
    try:
        yield device
    finally:
        device.close()


@contextmanager
def replay(cls, _folder):
    yield cls, cls.Options(path=DEMO / "demo.h5")


@contextmanager
def synthetic(cls, _folder):
    yield cls, cls.Options()


@contextmanager
def otb(cls, _folder):
    with simulate("quattrocento", "port=0") as device:
        yield cls, cls.Options(host="127.0.0.1", port=device.port, channels=120)


@contextmanager
def myo(cls, _folder):
    pytest.importorskip("bumble", reason='needs bumble (pip install "emgctl[simulate]")')
    from radio import Ether, player

    worn = type("Worn", (cls,), {"make_radio": Ether(player())})
    yield worn, cls.Options(scan_s=patient(5), connect_s=patient(10), vibrate=None)


@contextmanager
def _over_the_air(cls, make):
    pytest.importorskip("bumble", reason='needs bumble (pip install "emgctl[simulate]")')
    from emgctl.testing.ble import Ether

    used = type("Used", (cls,), {"make_radio": Ether(make, advertised=cls.advertised, name="NPG gForce")})
    yield used, cls.Options(scan_s=patient(5), connect_s=patient(10))


def gforce(cls, _folder):
    from emgctl_gforce.simulator import counts
    from emgctl_gforce.virtual import VirtualGForce

    return _over_the_air(cls, partial(VirtualGForce, played=counts(500, "noise")))


def chords(cls, _folder):
    from emgctl_chords.simulator import counts
    from emgctl_chords.virtual import VirtualChords

    return _over_the_air(cls, partial(VirtualChords, played=counts(3, "noise")))


@contextmanager
def lsl(cls, _folder):
    pytest.importorskip("pylsl")
    from lsl_stream import streaming

    with streaming(seconds=60.0) as name:
        yield cls, cls.Options(stream=name)


@contextmanager
def serial(cls, folder):
    pytest.importorskip("serial")
    with simulate("serial", "time=ms") as device:
        yield cls, cls.Options(port=device.port, listen_s=0.5)


@contextmanager
def synthetic_board(cls, _folder):
    pytest.importorskip(cls.library.package)
    yield cls, cls.Options(board="synthetic")


@contextmanager
def keys(cls, folder):
    pytest.importorskip("evdev")
    path = folder / "pedal"
    os.mkfifo(path)
    yield cls, cls.Options(device=str(path), keys=["leftshift"])


@contextmanager
def udp(cls, _folder):
    port = free_port(socket.SOCK_DGRAM)
    with simulate("udp", f"port={port}"):
        yield cls, cls.Options(port=port, listen_s=0.5)


@contextmanager
def osc_input(cls, _folder):
    port = free_port(socket.SOCK_DGRAM)
    with simulate("osc", f"port={port}"):
        yield cls, cls.Options(port=port, listen_s=0.5)


INPUTS = {
    "brainflow": synthetic_board,
    "mindrove": synthetic_board,
    "replay": replay,
    "synthetic": synthetic,
    "otb": otb,
    "myo": myo,
    "gforce": gforce,
    "chords": chords,
    "lsl": lsl,
    "serial": pytest.param(serial, marks=needs_terminals),
    "keys": pytest.param(keys, marks=needs_terminals),
    "udp": udp,
    "osc": osc_input,
}


def plain(cls, _folder):
    """An output that needs nothing."""
    return nullcontext((cls, cls.Options()))


@contextmanager
def keyboard(cls, _folder):
    yield type("Kept", (cls,), {"make_backend": MagicMock()}), cls.Options()


@contextmanager
def gamepad(cls, _folder):
    yield type("Kept", (cls,), {"make_pad": MagicMock()}), cls.Options()


@contextmanager
def log(cls, folder):
    yield cls, cls.Options(path=folder / "log.jsonl")


@contextmanager
def http(cls, _folder):
    yield cls, cls.Options(port=0)


@contextmanager
def osc(cls, _folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        yield cls, cls.Options(port=receiver.getsockname()[1])


@contextmanager
def hand(cls, _folder):
    with simulate("hand", "lines") as device:
        yield cls, cls.Options(port=device.port, safe_line="OPEN")


@contextmanager
def spresense(cls, _folder):
    with simulate("hand", "lines") as device:
        yield cls, cls.Options(port=device.port)


@contextmanager
def lsl_output(cls, _folder):
    pytest.importorskip("pylsl")
    yield cls, cls.Options(name="contract")


OUTPUTS = {
    "console": plain, "hello": plain, "keyboard": keyboard, "gamepad": gamepad, "log": log, "http": http, "osc": osc,
    "hand": pytest.param(hand, marks=needs_terminals), "spresense": pytest.param(spresense, marks=needs_terminals),
    "lsl": lsl_output,
}  # fmt: skip


@contextmanager
def listening(cls, _folder):
    yield cls, cls.Options(port=0)


@contextmanager
def connecting(cls, _folder):
    with socket.create_server(("127.0.0.1", 0)) as amplifier:
        yield cls, cls.Options(port=amplifier.getsockname()[1])


@contextmanager
def lsl_simulator(cls, _folder):
    pytest.importorskip("pylsl")
    yield cls, cls.Options(name=f"contract {os.getpid()}")


@contextmanager
def over_a_radio(cls, _folder):
    pytest.importorskip("bumble", reason='needs bumble (pip install "emgctl[simulate]")')
    from controller import controller

    with controller() as port:
        yield cls, cls.Options(recording=DEMO / "demo.h5", radio=f"tcp-client:127.0.0.1:{port}")


SIMULATORS = {
    "hand": pytest.param(plain, marks=needs_terminals), "quattrocento": listening, "sessantaquattro": connecting,
    "muovi": connecting, "serial": pytest.param(plain, marks=needs_terminals),
    "myo": over_a_radio, "gforce": over_a_radio, "chords": over_a_radio,
    "udp": plain, "osc": plain, "lsl": lsl_simulator,
}  # fmt: skip
