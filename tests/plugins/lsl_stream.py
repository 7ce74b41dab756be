"""A stream of the Lab Streaming Layer, sent by a process of its own."""

import subprocess
import sys
import uuid
from contextlib import contextmanager

PROGRAM = """
import sys, time, numpy as np, pylsl
name, unit, seconds, hole_s = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
info = pylsl.StreamInfo(name, "EMG", 4, 200.0, "float32", name + "-id")
channels = info.desc().append_child("channels")
for number in range(4):
    channels.append_child("channel").append_child_value("label", f"e{number}").append_child_value("unit", unit)
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)
outlet.wait_for_consumers(20)
begun_s, sent = pylsl.local_clock(), 0
while sent < 200 * seconds:
    if sent == 100 and hole_s:
        sent += int(200 * hole_s)
        time.sleep(hole_s)
    time.sleep(max(begun_s + sent / 200 - pylsl.local_clock(), 0))
    outlet.push_sample([sent, sent + 1, sent + 2, sent + 3], begun_s + sent / 200)
    sent += 1
time.sleep(0.5)
"""


@contextmanager
def streaming(name="", unit="millivolts", seconds=2.0, hole_s=0.0):
    """Send so many seconds of four channels that count, from when somebody listens; the stream's name."""
    name = name or f"emg {uuid.uuid4().hex[:8]}"
    command = [sys.executable, "-c", PROGRAM, name, unit, str(seconds), str(hole_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    try:
        yield name
    finally:
        process.kill()
        process.communicate()
