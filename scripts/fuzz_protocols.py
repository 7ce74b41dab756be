#!/usr/bin/env python3
"""Throw garbage, and sound frames that were damaged, at the codecs of the hands.

    python scripts/fuzz_protocols.py --bytes 10000000

Checked: no exception; what is told names known drives and finite closures; a sound frame is understood when the line
was quiet before it; what is kept of an incomplete frame stays small. A violation ends it with status 1, and the seed.
"""

import argparse
import math
import random
import sys
import time

from emgctl_hand.drives import DRIVES, GRIPS
from emgctl_hand.protocols import PROTOCOLS
from emgctl_hand.protocols.packet import Packet
from emgctl_hand.virtual import VIRTUAL, VirtualPacket

KEPT = 600
QUIET = {
    "ability": b"\x7e",
    "inspire": bytes(300),
    "arduino": bytes(40),
    "rohand": b"",
    "packet": bytes(10),
    "lines": b"\n",
}
FRAMES = {  # of hands that never answer: one opens, one closes
    "packet": [Packet(VirtualPacket.packet).move(GRIPS[grip]) for grip in ("open", "power")],
    "lines": [b"OPEN\n", b"POWER\n"],
}


class ViolationError(Exception):
    pass


def damaged(r, frame):
    """A frame with a byte changed, lost or doubled, or its end missing."""
    place, how = r.randrange(len(frame)), r.random()
    if how < 0.4:
        return frame[:place] + bytes([frame[place] ^ (1 << r.randrange(8))]) + frame[place + 1 :]
    if how < 0.6:
        return frame[:place] + frame[place + 1 :]
    return frame[:place] + (frame[place : place + 1] * 2 + frame[place + 1 :] if how < 0.8 else b"")


def piece(r, sound):
    """Garbage, a damaged frame or a sound one."""
    how = r.randrange(3)
    return r.randbytes(r.randrange(40)) if how == 0 else damaged(r, sound) if how == 1 else sound


def kept(thing):
    """The bytes that a codec keeps, wherever it keeps them."""
    found = 0
    for value in vars(thing).values():
        if isinstance(value, bytes | bytearray):
            found += len(value)
        elif hasattr(value, "__dict__") and type(value).__module__.startswith("emgctl_hand"):
            found += kept(value)
    return found


def play(name, seed, count):
    """So many bytes through a codec and through its virtual hand; how many frames were understood."""
    r = random.Random(seed)
    protocol, hand = PROTOCOLS[name](), VIRTUAL[name]()
    done, understood = 0, 0
    while done < count:
        sound = hand.receive(protocol.query()) or b"\0"
        stream = b"".join(piece(r, sound) for _ in range(8))
        place = 0
        while place < len(stream):
            size = r.randint(1, 64)
            check(protocol.parse(stream[place : place + size]))
            hand.receive(stream[place : place + size])
            place += size
        done += len(stream)
        if kept(protocol) > KEPT or kept(hand) > KEPT:
            raise ViolationError(f"{kept(protocol)} and {kept(hand)} bytes are kept")
        protocol.parse(QUIET[name])
        hand.receive(QUIET[name])
        answer = hand.receive(protocol.query())
        reported = check(protocol.parse(answer))
        understood += bool(reported)
        if answer and not reported:
            raise ViolationError(f"a sound frame was not understood after garbage: {answer.hex(' ')}")
    return done, understood


def throw(name, seed, count):
    """So many bytes at a virtual hand that never answers; how many sound frames it obeyed after garbage."""
    r = random.Random(seed)
    hand, (opens, closes) = VIRTUAL[name](), FRAMES[name]
    done, obeyed = 0, 0
    while done < count:
        stream = b"".join(piece(r, closes) for _ in range(8)) + QUIET[name] + opens + closes
        for place in range(0, len(stream), 16):
            if hand.receive(stream[place : place + 16]):
                raise ViolationError("it answers")
        if kept(hand) > KEPT or not all(0 <= value <= 1 for value in hand.targets.values()):
            raise ViolationError(f"{kept(hand)} bytes are kept, and the targets are {hand.targets}")
        if hand.targets != dict(GRIPS["power"]):
            raise ViolationError(f"a sound frame was not obeyed after garbage: {hand.targets}")
        hand.lines.clear()
        done, obeyed = done + len(stream), obeyed + 1
    return done, obeyed


def check(reported):
    for one in reported:
        if not set(one.closures) <= set(DRIVES) or not all(math.isfinite(value) for value in one.closures.values()):
            raise ViolationError(f"{one}")
    return reported


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=100_000, help="for each protocol")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    for name in VIRTUAL:
        begun_s = time.perf_counter()
        try:
            done, understood = (throw if name in FRAMES else play)(name, wanted.seed, wanted.bytes)
        except Exception as error:
            sys.exit(f"{name}, seed {wanted.seed}: {type(error).__name__}: {error}")
        took_s = time.perf_counter() - begun_s
        print(f"{name}: {done} bytes, {understood} sound frames understood after garbage, no violation; {took_s:.0f} s")


if __name__ == "__main__":
    main()
