"""Prints what the kernel tells of an input device, a line of JSON an event; ends when the device is gone.

python device_events.py NAME [rumble]
"""

import json
import sys
import time

import evdev
from evdev import ecodes, ff

PLACES = {"BTN_SOUTH", "BTN_EAST", "BTN_NORTH", "BTN_WEST"}  # of the several names that a button has


def find(name, seconds=240.0):
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        for path in evdev.list_devices():
            device = evdev.InputDevice(path)
            if device.name == name:
                return device
            device.close()
        time.sleep(0.05)
    sys.exit(f"there is no device '{name}'")


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def rumble(device):
    shake = ff.Rumble(strong_magnitude=0xF000, weak_magnitude=0)
    effect = ff.Effect(
        ecodes.FF_RUMBLE, -1, 0, ff.Trigger(0, 0), ff.Replay(500, 0), ff.EffectType(ff_rumble_effect=shake)
    )
    number = device.upload_effect(effect)
    device.write(ecodes.EV_FF, number, 1)
    say(rumbled=number)


def main():
    device = find(sys.argv[1])
    say(name=device.name, vendor=device.info.vendor, product=device.info.product)
    if "rumble" in sys.argv[2:]:
        rumble(device)
    try:
        for event in device.read_loop():
            if event.type in (ecodes.EV_KEY, ecodes.EV_ABS, ecodes.EV_REL):
                names = ecodes.bytype[event.type][event.code]
                found = {names} if isinstance(names, str) else set(names)
                code = min(found & PLACES or found)
                say(code=code, value=event.value, at_s=event.timestamp())
    except OSError:
        say(gone=True)


if __name__ == "__main__":
    main()
