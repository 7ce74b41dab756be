"""Finds gestures with durations at which nothing happens: longer than a tap and shorter than a long gesture."""

from __future__ import annotations

import math
from collections.abc import Iterator

from emgctl.mapping import ALWAYS, Layers, Mapping
from emgctl.mapping.conflicts import Problem, mappings
from emgctl.mapping.trigger import SAME_S


def gaps(mapping: Mapping, layers: Layers, hop_s: float) -> Iterator[Problem]:
    """Yield the place of each gesture that does nothing when it lasts between ``tap_s`` and ``long_s``, and a message.

    Args:
        mapping: the base's mapping.
        layers: the profile's layers.
        hop_s: the time between two decisions; a gesture lasts a multiple of it.
    """
    for _, place, one in mappings(mapping, layers):
        for label, actions in one.items():
            alone = [action for action in actions if not action.after]
            if label == ALWAYS or not {action.when for action in alone} <= {"tap", "double", "long"}:
                continue
            taps = [action.tap_s for action in alone if action.when == "tap"]
            longs = [action.long_s for action in alone if action.when == "long"]
            if taps and longs and _lasts_between(max(taps), min(longs), hop_s):
                yield (
                    (*place, label),
                    f"does nothing when it lasts between {max(taps):g} s and {min(longs):g} s; "
                    "set 'tap_s' and 'long_s' to the same value to close the gap",
                )


def _lasts_between(tap_s: float, long_s: float, hop_s: float) -> bool:
    """Whether a whole number of hops is longer than a tap and shorter than a long gesture."""
    hops = math.floor((tap_s + SAME_S) / hop_s) + 1
    return hops * hop_s < long_s - SAME_S
