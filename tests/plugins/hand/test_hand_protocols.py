"""The codecs against the example frames of the vendors' documentation, and against garbage."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import patient

from emgctl.support.checksums import crc16_modbus
from emgctl_hand.drives import DRIVES, GRIPS, OPEN
from emgctl_hand.protocols import PROTOCOLS, ability, arduino, inspire
from emgctl_hand.protocols.packet import CHECKSUMS, Packet
from emgctl_hand.protocols.packet_options import PacketOptions
from emgctl_hand.protocols.stuffing import Unstuffer, stuffed
from emgctl_hand.virtual import VIRTUAL, VirtualPacket

closures = st.fixed_dictionaries({name: st.floats(0, 1) for name in DRIVES})


def cut(data, sizes):
    """``data`` in pieces of these sizes, and the rest."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def test_ability_s_documented_frames():
    assert ability.positions([30, 30, 30, 30, 30, -30]).hex(" ") == "7e 50 12 99 19 99 19 99 19 99 19 99 19 67 e6 d7 7e"
    assert ability.grip(1, 255).hex(" ") == "7e 50 1d 01 ff 93 7e"
    assert PROTOCOLS["ability"]().release().hex(" ") == "7e 50 7c 34 7e"


def test_inspire_s_documented_frames():
    assert inspire.Inspire().move(OPEN).hex(" ") == "eb 90 01 0f 12 ce 05" + 6 * " e8 03" + " 77"
    assert inspire.Inspire().move(dict.fromkeys(DRIVES, 1.0))[-1] == 0xF5
    assert inspire.Inspire().request().hex(" ") == "eb 90 01 04 11 0a 06 0c 32"


def test_inspire_leaves_what_is_not_named():
    assert inspire.Inspire().move({"index": 0.5})[7:-1].hex(" ") == "ff ff ff ff ff ff f4 01 ff ff ff ff"


def test_arduino_s_frames_have_the_crc_of_modbus():
    assert crc16_modbus(b"123456789") == 0x4B37
    frame = PROTOCOLS["arduino"]().move(dict.fromkeys(DRIVES, 1.0))
    assert frame[:9].hex(" ") == "a5 07 50 ff ff ff ff ff ff"
    assert crc16_modbus(frame[1:]) == 0  # the sum over a message and its own sum


@given(st.binary(max_size=15), st.integers(0, 255), st.lists(st.integers(0, 9), max_size=20))
def test_arduino_s_frames_are_found_among_garbage(payload, command, sizes):
    frames = arduino.Frames()
    stream = b"\xa5\x02garb" + arduino.frame(command, payload) + arduino.frame(command, payload)
    got = [one for piece in cut(stream, sizes) for one in frames.push(piece)]
    assert got[-1] == (command, payload)


@given(st.binary(max_size=100), st.lists(st.integers(0, 20), max_size=10))
def test_stuffing_is_undone_however_the_stream_is_cut(payload, sizes):
    frame = stuffed(payload)
    assert frame[1:-1].count(b"\x7e") == 0
    unstuffer = Unstuffer()
    got = [one for piece in cut(b"garbage" + frame + frame, sizes) for one in unstuffer.push(piece)]
    assert got == [b"garbage", *([payload] * 2 if payload else [])]


@pytest.mark.parametrize("name", PROTOCOLS)
@given(data=st.binary(max_size=300), sizes=st.lists(st.integers(0, 20), max_size=10))
def test_garbage_is_no_telemetry_and_no_exception(name, data, sizes):
    protocol = Packet(VirtualPacket.packet) if name == "packet" else PROTOCOLS[name]()
    for piece in cut(data, sizes):
        for told in protocol.parse(piece):
            assert set(told.closures) <= set(DRIVES)


@given(closures)
def test_every_frame_names_all_drives_within_their_range(target):
    frame = ability.Ability().move(target)
    (payload,) = Unstuffer().push(frame)
    assert sum(payload) & 0xFF == 0
    counts = [int.from_bytes(payload[2 + 2 * i : 4 + 2 * i], "little", signed=True) for i in range(6)]
    assert all(0 <= count <= 21845 for count in counts[:5])
    assert -21845 <= counts[5] <= 0


def test_every_grip_is_a_closure_of_every_drive():
    for grip in GRIPS.values():
        assert set(grip) == set(DRIVES)
        assert all(0 <= value <= 1 for value in grip.values())


@pytest.mark.slow
def test_garbage_and_damaged_frames_do_no_harm():
    command = [sys.executable, "scripts/fuzz_protocols.py", "--bytes", "100000"]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=patient(100))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("no violation") == len(VIRTUAL)


PACKET = {
    "head": "ff fa",
    "fields": [{"drive": "index"}, {"drive": "thumb", "type": "i16be", "open": 100, "closed": -100}],
}


@pytest.mark.parametrize(
    ("more", "packet"),
    [
        ({}, "ff fa 80 ff 9c"),
        ({"checksum": "sum8"}, "ff fa 80 ff 9c 14"),
        ({"checksum": "negative_sum8", "over": "fields"}, "ff fa 80 ff 9c e5"),
        ({"checksum": "xor8", "tail": "0d"}, "ff fa 80 ff 9c e6 0d"),
        (
            {"head": "", "fields": [{"drive": "index", "type": "u8", "open": 49, "closed": 49}] * 1, "stuffed": True},
            "7e 31 7e",
        ),
        ({"head": "", "fields": [{"drive": "index", "open": 0, "closed": 900}]}, "ff"),
    ],
)
def test_a_described_packet(more, packet):
    protocol = Packet(PacketOptions(**PACKET | more))
    assert protocol.move({"index": 0.5, "thumb": 1.0}).hex(" ") == packet


def test_the_published_check_values_of_the_checksums():
    assert CHECKSUMS["crc8_maxim"](b"123456789") == b"\xa1"
    assert CHECKSUMS["crc16_modbus"](b"123456789") == b"\x37\x4b"
    assert CHECKSUMS["sum8"](b"123456789") == bytes([sum(b"123456789") & 0xFF])
