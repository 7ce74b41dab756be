"""Datagrams of any kind: what is odd is dropped, and a kill arrives."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osc_listening import KILL, bundle, listener_fixture, message, nested, padded, run_fixture, sender_fixture  # noqa: F401
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from emgctl.errors import LONGEST_QUOTE
from emgctl.types import StopRequest
from emgctl_osc.reading import DEEPEST, OscError, messages

ODD = {
    "empty": b"",
    "no OSC": b"\xff\x00",
    "array": padded(b"/emgctl/vibrate") + padded(b",[i]") + struct.pack(">i", 1),
    "open array": padded(b"/emgctl/vibrate") + padded(b",[[[i"),
    "negative size": b"#bundle\0" + struct.pack(">Qi", 1, -4),
    "size zero": b"#bundle\0" + struct.pack(">Qi", 1, 0) * 9,
    "huge size": b"#bundle\0" + struct.pack(">Qi", 1, 2**31 - 1),
    "no time": b"#bundle\0",
    "odd time": b"#bundle\0" + b"\xff" * 8 + struct.pack(">i", 4) + b"/a\0\0",
    "deep": nested(message("/emgctl/recenter"), 3000),
    "self-similar": b"#bundle\0" + struct.pack(">Q", 1) + struct.pack(">i", 16) * 16_000,
    "many elements": bundle(*[b"/a\0\0"] * 8000),
    "many tags": padded(b"/a") + b"," + b"T" * 60_000,
    "many arrays": padded(b"/a") + b"," + b"[" * 60_000,
    "odd time tag": padded(b"/a") + padded(b",t") + b"\xff" * 8,
    "huge blob": padded(b"/a") + padded(b",b") + struct.pack(">i", 2**31 - 1),
    "negative blob": padded(b"/a") + padded(b",b") + struct.pack(">i", -8),
    "address of bytes": b"/\xff\xfe\0",
    "text of bytes": padded(b"/emgctl/select") + padded(b",s") + b"\xff\xfe\xfd\0",
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_kill_arrives_after_any_odd_datagram(odd, run, listener, sender):
    sender.send(odd)
    sender.send(KILL)
    run.waits_for(StopRequest("kill", "OSC"), timeout_s=3)


def test_odd_datagrams_are_logged_a_little_printable_and_short(run, listener, sender, caplog):
    for odd in ODD.values():
        sender.send(odd)
        sender.send(odd)
    for number in range(200):
        sender.send(message(f"/x\x1b[2J{number}" + "y" * 500, "\x07"))
    sender.send(KILL)
    run.waits_for(StopRequest("kill", "OSC"))
    logged = [record.getMessage() for record in caplog.records]
    assert 5 < len(logged) <= 20
    assert len(set(logged)) == len(logged)
    assert all(one.isprintable() and len(one) <= LONGEST_QUOTE + len("osc: ...") for one in logged)


@pytest.mark.parametrize("depth", [0, 1, DEEPEST])
def test_a_kill_within_bundles_arrives(depth, run, listener, sender):
    sender.send(nested(KILL, depth))
    run.waits_for(StopRequest("kill", "OSC"))


def test_what_is_sound_before_the_damage_counts():
    damaged = bundle(KILL, message("/emgctl/recenter")) + struct.pack(">i", -4)
    found: list[object] = []
    with pytest.raises(OscError, match="element of -4 bytes"):
        found.extend(messages(damaged))
    assert found == [("/emgctl/kill", []), ("/emgctl/recenter", [])]


@given(st.binary(max_size=600).map(lambda tail: b"#bundle\0" + tail) | st.binary(max_size=300).map(lambda t: b"/" + t))
def test_any_bytes_give_messages_or_one_kind_of_error(datagram):
    try:
        for address, _ in messages(datagram):
            assert address.startswith("/")
            assert address.isascii()
    except OscError:
        pass


_VALUES = st.lists(
    st.integers(-(2**31), 2**31 - 1)
    | st.floats(width=32, allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    | st.booleans()
    | st.binary(min_size=1, max_size=20),
    max_size=8,
)


@given(_VALUES, st.integers(0, 3))
def test_what_python_osc_writes_is_read_back(values, depth):
    content = OscMessageBuilder("/emgctl/x")
    for value in values:
        content.add_arg(value)
    built: OscMessage | OscBundle = content.build()
    for _ in range(depth):
        outer = OscBundleBuilder(IMMEDIATELY)
        outer.add_content(built)
        built = outer.build()
    assert list(messages(built.dgram)) == [("/emgctl/x", values)]
