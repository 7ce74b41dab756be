"""Which channels of a file are the muscles' signals, where others stand beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from emgctl.recording.units import to_microvolts

_OTHER = re.compile(
    r"(?i)(?<![a-z])(acc|accel\w*|gyro\w*|mag|magn?\w*|imu|ecg|ekg|eeg|eog|eda|gsr|resp\w*|ppg|spo2|bvp|temp\w*|trig\w*|"
    r"marker\w*|sync\w*|status|sti|button\w*|force\w*|torque\w*|angle\w*|gonio\w*|moment\w*|pressure|[fm][xyz]\d*|"
    r"count\w*|time\w*|clock|battery|light|lux|switch\w*|event\w*)(?![a-z])"
)
"""Words in the names of channels that are no muscle's, whatever their unit."""

_EMG = re.compile(r"(?i)s?emg")
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as a file describes it; ``kind`` is its type where the file has one ("EMG"), else ""."""

    name: str
    unit: str
    rate_hz: float
    kind: str = ""

    @property
    def is_voltage(self) -> bool:
        """Whether its unit is one of voltage."""
        return to_microvolts(self.unit)[0] == "uV"

    def __str__(self) -> str:
        return f"{self.name or 'without a name'} ({', '.join(filter(None, (self.unit, f'{self.rate_hz:g} Hz')))})"


def muscles(channels: Sequence[Channel]) -> tuple[list[int], str]:
    """The places of the muscles' channels, all of one rate and in volts if any is, and a sentence of what is left out.

    Those count that the file calls EMG, by their type or else by their names; where it calls none so, all whose names
    are not of something else. Of those with a voltage as unit, if there are any, the rate that most have is taken, of
    two the higher one. The sentence is "" if nothing is left out.
    """
    places = range(len(channels))
    chosen = [place for place in places if _EMG.fullmatch(channels[place].kind)]
    chosen = chosen or [place for place in places if _EMG.search(channels[place].name)]
    chosen = chosen or [place for place in places if not _OTHER.search(channels[place].name)] or list(places)
    chosen = [place for place in chosen if channels[place].is_voltage] or chosen
    if not chosen:
        return [], ""
    rates = Counter(channels[place].rate_hz for place in chosen)
    rate_hz = max(rates, key=lambda one: (rates[one], one))
    chosen = [place for place in chosen if channels[place].rate_hz == rate_hz]
    return chosen, left_out([str(channels[place]) for place in places if place not in chosen])


def left_out(names: Sequence[str]) -> str:
    """The sentence of what is not read; "" for nothing."""
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"left out: {', '.join(names[:MOST_NAMED])}{more}"
