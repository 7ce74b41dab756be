"""How long a gesture may last without anything happening: longer than a tap, and shorter than a long one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from emgctl.mapping import ALWAYS, Layers, Mapping
from emgctl.mapping.conflicts import Problem, mappings
from emgctl.mapping.trigger import SAME_S


def gaps(mapping: Mapping, layers: Layers, hop_s: float) -> Iterator[Problem]:
    """The place of each gesture that does nothing when it lasts between ``tap_s`` and ``long_s``, and a sentence.

    Args:
        mapping: the base's.
        layers: the profile's.
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
                    f"does nothing when it lasts longer than {max(taps):g} s and shorter than {min(longs):g} s; "
                    "give 'tap_s' and 'long_s' the same time to close the gap",
                )


def _lasts_between(tap_s: float, long_s: float, hop_s: float) -> bool:
    """True when a whole number of hops is longer than a tap and shorter than a long gesture."""
    hops = math.floor((tap_s + SAME_S) / hop_s) + 1
    return hops * hop_s < long_s - SAME_S
