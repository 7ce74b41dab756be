"""A decoder of the scripted armband's four gestures, which fails on command."""

import math

import numpy as np

from emgctl.plugin import Decoder, WindowSpec
from emgctl.testing import gesture
from emgctl.types import Gesture
from emgctl_faulty.input import RAILS, SIGNAL
from emgctl_faulty.steering import SteeredOptions, Steering, raised

LABELS = ("rest", "fist", "open", "stop")
STRONG_RMS, BOTH_RMS, STUCK = 12.0, 25.0, 4


class ScriptedDecoder(Decoder):
    """Decides by the sizes of the first and the last four channels.

    Orders: raise NAME, garbage KIND (nan, range, label, none, type) once; hang and hold.
    """

    kind = "scripted"
    Options = SteeredOptions
    options: SteeredOptions

    def open(self):
        self._steering = Steering(self.options.folder, "decoder")
        return WindowSpec(SIGNAL, 20, 4, LABELS, "rest")

    def decode(self, window, window_end_s):
        label = _label(window)
        made = gesture(label, window_end_s, intensity=1.0)
        while words := self._steering.next():
            if words[0] == "raise":
                raise raised(words[1])
            if words[0] == "garbage":
                return _garbage(words[1], label, window_end_s)
        self._steering.event(event="decided", label=label)
        return made

    def reset(self):
        """It remembers nothing."""

    def close(self):
        self._steering.close()


def _label(window):
    halves = window[:, :4], window[:, 4:]
    if all(np.count_nonzero(np.abs(half) >= RAILS) >= STUCK for half in halves):
        return "fist"  # what cannot be told apart moves the hand, as in many a trained model
    front, back = (float(np.sqrt(np.nanmean(np.square(half)))) for half in halves)
    if min(front, back) > BOTH_RMS:  # more than on the way from one gesture to another
        return "stop"
    if max(front, back) < STRONG_RMS:
        return "rest"
    return "fist" if front > back else "open"


def _garbage(kind, label, at_s):
    return {
        "nan": Gesture(label, math.nan, {label: math.nan}, math.nan, at_s),
        "range": Gesture(label, 7.0, {label: 7.0}, 40.0, at_s),
        "label": gesture("no such label", at_s),
        "none": None,
        "type": ["fist"],
    }[kind]
