"""Prints a line once a gamepad is there and takes rumble, then what it requests of the run within four minutes."""

import sys
import time
from typing import Any

from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.testing import SIGNAL
from emgctl.types import Command
from emgctl_gamepad.gamepad import Gamepad, GamepadOptions

requests: list[Any] = []
pad = Gamepad(GamepadOptions())
pad.open(RunContext("tester", SIGNAL, (), Stats().snapshot, requests.append))
pad.send(Command(0.0, buttons=frozenset({"a"})))
sys.stdout.write("open\n")
sys.stdout.flush()
until_s = time.monotonic() + 240
while not requests and time.monotonic() < until_s:
    time.sleep(0.05)
sys.stdout.write(f"{requests}\n")
sys.stdout.flush()
pad.close()
