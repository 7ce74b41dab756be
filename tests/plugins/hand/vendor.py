"""PSYONIC's own package, run in a process of its own: it writes files into the folder it is started in.

python vendor.py read FRAME...      what its parser makes of frames to a hand: header and payload
python vendor.py telemetry REPLY... what it makes of a hand's replies
python vendor.py make               the frames that it makes
python vendor.py drive PORT         moves a hand, and tells where the hand says it is
"""

import json
import sys
import time
from collections.abc import Callable

from ah_wrapper import AHSerialClient, ah_api
from ah_wrapper.ah_parser import parse_packet
from ah_wrapper.ppp_stuffing import PPPUnstuff
from ah_wrapper.sim_functions import GeneratedPacket


def unstuffed(text):
    unstuffer, found = PPPUnstuff(), []
    for byte in bytes.fromhex(text):
        frame = unstuffer.unstuff_byte(byte)
        if frame is not None:
            found.append(frame)
    (frame,) = found
    return frame


def read(*frames):
    told = []
    for frame in map(unstuffed, frames):
        assert sum(frame) & 0xFF == 0
        told.append({"address": frame[0], "header": frame[1], "payload": bytes(frame[2:-1]).hex()})
    return told


def telemetry(*replies):
    packets = [parse_packet(unstuffed(reply)) for reply in replies]
    assert all(packet.valid for packet in packets)
    return [{"pos": packet.pos, "cur": packet.cur} for packet in packets]


def make():
    degrees = [10, 20, 30, 40, 50, -60]
    return {
        "position": [bytes(ah_api.create_pos_msg(reply, degrees)).hex() for reply in range(3)],
        "grip": [bytes(ah_api.create_grip_msg(number)).hex() for number in range(5)],
        "leave": bytes(ah_api.create_misc_msg(0x7C)).hex(),
        "reply": bytes(GeneratedPacket(pos=degrees, cur=[0.5] * 6, vel=[0] * 6, reply_mode=2, mode=0).packet).hex(),
    }


def drive(port):
    client = AHSerialClient(port=port, baud_rate=460_800, reply_mode=2, rate_hz=50)
    client.set_position([40, 30, 20, 10, 25, -50])
    time.sleep(1.0)
    told = {"pos": client.hand.get_position()}
    client.close()
    return told


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    calls: dict[str, Callable[..., object]] = {"read": read, "telemetry": telemetry, "make": make, "drive": drive}
    sys.stdout.write("told " + json.dumps(calls[what](*words)))
