#!/usr/bin/env python3
"""Throw odd datagrams at the OSC listener: damaged, nested, cut, grown, random.

    python scripts/fuzz_osc.py --datagrams 10000000

Most go straight through what a received datagram goes through, in a process a core; a share goes to a listener over a
real UDP socket. Checked: no exception; none takes longer than --slowest-s; what is asked for are requests within their
ranges; afterwards a kill arrives and is answered; memory stays within --memory-mb. A violation ends it with status 1,
and the seed.
"""

import argparse
import logging
import math
import multiprocessing
import os
import random
import resource
import socket
import struct
import sys
import threading
import time

from emgctl.types import Led, Recentre, Select, StopAnswer, StopRequest, Vibrate
from emgctl_osc.reading import OscError, messages
from emgctl_osc.requests import OddRequestError, request
from emgctl_osc.server import Listener

ADDRESSES = (
    "kill", "pause", "paused", "resume", "recenter", "select", "vibrate", "led", "kil", "",
)  # fmt: skip
TAGS = "ifsbhtdScrmTFNI[]"
NUMBERS = (-(2**31), -4, -1, 0, 1, 3, 4, 8, 16, 20, 255, 1 << 16, 2**31 - 1)
PIECES = (
    b"#bundle\0",
    b"/emgctl/kill\0\0\0\0",
    b",[i]\0\0\0\0",
    b",f\0\0\x7f\xc0\0\0",
    b"\0" * 4,
    b"\xff" * 4,
    b"/",
    b",",
)
KILL = b"/emgctl/kill\0\0\0\0,\0\0\0"


class ViolationError(Exception):
    pass


def padded(text):
    return text + b"\0" * (4 - len(text) % 4)


def message(r):
    tags = "".join(r.choice(TAGS) for _ in range(r.randrange(6)))
    address = f"/myo{r.randrange(12)}/Yaw/calibrate" if r.random() < 0.1 else f"/emgctl/{r.choice(ADDRESSES)}"
    data = b"".join(struct.pack(">i", r.choice(NUMBERS)) for _ in range(r.randrange(8)))
    return padded(address.encode()) + (padded(f",{tags}".encode()) if r.random() < 0.9 else b"") + data


def bundle(r, depth):
    parts = [bundle(r, depth - 1) if depth and r.random() < 0.4 else message(r) for _ in range(r.randrange(4))]
    sizes = [len(part) if r.random() < 0.9 else r.choice(NUMBERS) for part in parts]
    sized = b"".join(struct.pack(">i", size) + part for size, part in zip(sizes, parts, strict=True))
    return b"#bundle\0" + r.randbytes(8) + sized


def damaged(r, datagram):
    """With a few bytes changed, lost, doubled or replaced by what an OSC datagram is made of."""
    for _ in range(r.randrange(4)):
        place = r.randrange(len(datagram) + 1)
        how = r.randrange(5)
        if how == 0 and datagram:
            place = min(place, len(datagram) - 1)
            datagram = datagram[:place] + bytes([datagram[place] ^ (1 << r.randrange(8))]) + datagram[place + 1 :]
        elif how == 1:
            datagram = datagram[:place]
        elif how == 2:
            datagram = datagram[:place] + r.choice(PIECES) + datagram[place:]
        elif how == 3:
            datagram = datagram[:place] + datagram[place + r.randrange(9) :]
        else:
            datagram = datagram[:place] + struct.pack(">i", r.choice(NUMBERS)) + datagram[place + 4 :]
    return datagram


def odd(r):
    """One odd datagram of up to 65 kB."""
    how = r.random()
    if how < 0.001:  # as large as UDP carries
        piece = damaged(r, message(r) if r.random() < 0.5 else bundle(r, 3)) or b"\0"
        return (b"#bundle\0" + bytes(8) + struct.pack(">i", len(piece)) + piece * (65_000 // len(piece) + 1))[:65_507]
    if how < 0.1:
        return r.randbytes(r.randrange(80))
    return damaged(r, message(r) if how < 0.5 else bundle(r, r.choice((1, 2, 12))))


def check(asked):
    if isinstance(asked, StopRequest):
        sound = asked.how in ("kill", "pause", "resume", "toggle") and asked.by == "OSC"
    elif isinstance(asked, Vibrate):
        sound = asked.length in ("short", "medium", "long")
    elif isinstance(asked, Led):
        sound = len(asked.colour or "") == 6 and int(asked.colour or "", 16) < 1 << 24
    elif isinstance(asked, Select):
        sound = len(asked.names) <= 32 and all(0 < len(name) <= 64 for name in asked.names)
    else:
        sound = asked is None or isinstance(asked, Recentre)
    if not sound:
        raise ViolationError(f"asks for {asked}")


def through(datagram):
    """What a received datagram goes through, without the socket; how many requests it held."""
    count = 0
    try:
        for address, values in messages(datagram):
            try:
                asked = request(address, values)
            except OddRequestError:
                continue
            check(asked)
            count += asked is not None
    except OscError:
        pass
    return count


def bulk(share):
    """So many datagrams without a socket: requests found, and the longest that one took in seconds of this process."""
    seed, count, slowest_s = share
    r, found, longest_s = random.Random(seed), 0, 0.0
    for number in range(count):
        datagram = odd(r)
        begun_s = time.process_time()
        try:
            found += through(datagram)
        except Exception as error:
            raise ViolationError(f"seed {seed}, datagram {number}: {error!r}: {datagram[:200].hex(' ')}") from error
        took_s = time.process_time() - begun_s
        longest_s = max(longest_s, took_s)
        if took_s > slowest_s:
            raise ViolationError(f"seed {seed}, datagram {number} took {took_s:.3f} s: {datagram[:200].hex(' ')}")
    return found, longest_s, peak_mb()


def over_udp(seed, count):
    """So many datagrams to a listener; in which time a kill arrives at the end, and its answer."""
    killed, is_over = threading.Event(), False

    def halt(wanted):
        if is_over and wanted.how == "kill":
            killed.set()
        return StopAnswer("killed", 0.001)

    listener, r = Listener("127.0.0.1", 0, halt, lambda _: None), random.Random(seed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, socket.socket(type=socket.SOCK_DGRAM) as stopper:
        for number in range(count):
            sender.sendto(odd(r), ("127.0.0.1", listener.port))
            if number % 200 == 199:
                time.sleep(0.002)  # a burst; without a pause most would be dropped before they are received
        is_over = True
        stopper.settimeout(10)
        begun_s = time.perf_counter()
        stopper.sendto(KILL, ("127.0.0.1", listener.port))
        if not killed.wait(10):
            raise ViolationError(f"seed {seed}: after {count} datagrams over UDP no kill arrives")
        took_s = time.perf_counter() - begun_s
        time.sleep(1.1)  # the answers' rate limit
        stopper.sendto(KILL, ("127.0.0.1", listener.port))
        while not stopper.recv(1000).startswith(b"/emgctl/stopped"):
            pass
    listener.close()
    return took_s


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 * (1 if sys.platform != "darwin" else 1e-3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datagrams", type=int, default=100_000)
    parser.add_argument("--udp-share", type=float, default=0.02, help="how many of them go over a real socket")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slowest-s", type=float, default=0.25)
    parser.add_argument("--memory-mb", type=float, default=300.0)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    udp = math.ceil(wanted.datagrams * wanted.udp_share)
    size = 50_000
    shares = [
        (wanted.seed + 1 + number, min(size, wanted.datagrams - udp - number * size), wanted.slowest_s)
        for number in range(math.ceil((wanted.datagrams - udp) / size))
    ]
    begun_s = time.perf_counter()
    try:
        with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
            results = pool.map(bulk, shares, chunksize=1)
        kill_s = over_udp(wanted.seed, udp)
        found, longest_s, memory_mb = (
            sum(one[0] for one in results),
            *(max(e) for e in list(zip(*results, strict=True))[1:]),
        )
        memory_mb = max(memory_mb, peak_mb())
        if memory_mb > wanted.memory_mb:
            raise ViolationError(f"{memory_mb:.0f} MB of memory were used")
    except (ViolationError, TimeoutError) as error:
        sys.exit(f"{error}")
    print(
        f"{wanted.datagrams} datagrams, {udp} of them over UDP, {found} requests understood, no violation; the slowest "
        f"took {1000 * longest_s:.1f} ms, {memory_mb:.0f} MB at most; a kill afterwards arrived in "
        f"{1000 * kill_s:.1f} ms and was answered; {time.perf_counter() - begun_s:.0f} s"
    )


if __name__ == "__main__":
    main()
