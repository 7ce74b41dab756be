"""The role of a text table's column by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from emgctl.recording.units import is_unit, is_voltage


class Role(StrEnum):
    """What a column is."""

    ELECTRODE = "electrode"
    UNKNOWN = "unknown"
    TIME = "time"
    INDEX = "index"
    LABEL = "label"
    REPETITION = "repetition"
    MARKER = "marker"
    MOTION = "motion"
    OTHER = "other"
    ZERO = "zero"
    EMPTY = "empty"


LABELS = ("restimulus", "label", "labels", "class", "classe", "gesture", "stimulus", "movement", "target", "klasse",
          "geste", "gesto", "etiqueta", "etichetta", "grasp", "activity", "action", "exercise")  # fmt: skip
"""The names of label columns; of several in a file the first one of these counts."""
REPETITIONS = ("rerepetition", "repetition", "repetitions", "rep", "reps", "trial")
_WHOLE_LABELS = ("gestures", "classes", "movements", "motion", "pose", "grip", "y_true")
_WORDS: Mapping[Role, str] = {
    Role.MARKER: "marker|markers|trigger|trig|event|events|sync|annotation|annotations|cue|status|button|flag|ttl|di|"
    "digital",
    Role.MOTION: r"acc[xyz]?|accel\w*|gyro?[xyz]?|gyroscope|mag[xyz]?|magn\w*meter|quat\w*|orient\w*|imu|roll|pitch|"
    "yaw|euler|inclin\\w*",
    Role.OTHER: "analog|other|battery|bat|temp|temperature|force|torque|velocity|position|angle|angles|glove|gonio\\w*|"
    "heart|hr|ecg|ekg|eda|gsr|resp|respiration|ppg|light|pressure|rssi|resistance|quality|age|sex|weight|height|"
    "subject|session|participant|person|patient|user|device|fsr|displacement|speed|load",
}
_ELECTRODE = re.compile(
    r"s?emgs?|emgbit|exg|ch|chan|channel|channels|electrode|elec|sensor|muscle|adc|pod|e|s|a|myo", re.IGNORECASE
)
_TIME = re.compile(
    r"time|t|zeit|temps|tempo|tiempo|tid|tijd|czas|times|timestamps?|elapsed|unix|epoch|datetime|date|clock|uhrzeit|"
    r"milli(s|seconds?|sec)|micro(s|seconds?)|sekunden|secondes?|secondi|segundos|seconds?|secs?|msecs?|usecs?|ts"
)
_BESIDE_TIME = frozenset(
    ("sample", "stamp", "stamps", "host", "system", "device", "relative", "formatted", "rel", "abs", "start", "board",
     "local", "utc", "lsl", "of", "day", "series", "recording", "since", "milli", "micro", "x")
)  # fmt: skip
_INDEX = re.compile(
    r"unnamed \d+|index|idx|samples?|frames?|packets?|row|line|n ?seq|seq|counter|count|no|nr|number|n|id|sub frame|"
    r"package( num)?|sample (index|number|no|nr|count|id|num)|frame (index|number|no)|sequence( number)?|"
    r"packet (id|number|count|index|counter)|samplenumber|sampleindex|packetcounter"
)
_BRACKETED = re.compile(r"[(\[]\s*([^()\[\]]{1,12}?)\s*[)\]]\s*$")
_LAST = re.compile(r"[,_ ]\s*([^\s,_]{2,5})$")
_TIME_UNITS = {"s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "sekunden": 1.0, "secondes": 1.0,
               "segundos": 1.0, "ms": 1e-3, "msec": 1e-3, "msecs": 1e-3, "millis": 1e-3, "millisec": 1e-3,
               "milliseconds": 1e-3, "millisecond": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6,
               "micros": 1e-6, "microseconds": 1e-6, "ns": 1e-9, "nanoseconds": 1e-9, "min": 60.0,
               "minutes": 60.0}  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, of which numbers stand apart: "accX_2" has acc, x and 2."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W\d_]+|\d+", apart.casefold())


def role_of(name: str, unit: str = "") -> Role:
    """What a column of this name, and this unit if it is known, holds; UNKNOWN if that does not show it."""
    words = words_of(name)
    plain = " ".join(words)
    unit = unit or unit_of(name)
    if not words:
        return Role.INDEX if not name else Role.UNKNOWN
    if any(word in LABELS for word in words) or plain in _WHOLE_LABELS:
        return Role.LABEL
    if plain in REPETITIONS or words[0] in REPETITIONS[:2]:
        return Role.REPETITION
    if is_time(name):
        return Role.TIME
    if _INDEX.fullmatch(plain):
        return Role.INDEX
    letters = [word for word in words if not word.isdigit()]
    if _has(Role.MARKER, words) or re.fullmatch(r"[io]\d", plain.replace(" ", "")):
        return Role.MARKER
    if any(word in ("emg", "semg", "exg", "emgbit") for word in words):
        return Role.ELECTRODE
    if _has(Role.MOTION, words) or re.fullmatch(r"[qagm]?[wxyz]|[fm][xyz]|cop[xy]", plain.replace(" ", "")):
        return Role.MOTION
    if _has(Role.OTHER, words):
        return Role.OTHER
    if is_voltage(unit):
        return Role.ELECTRODE
    if is_unit(unit) and unit.casefold() not in ("", "c", "m", "n", "g", "s", "au", "count", "counts", "adc"):
        return Role.OTHER
    if len(words) > 1 and letters and all(_ELECTRODE.fullmatch(word) for word in letters):
        return Role.ELECTRODE
    return Role.UNKNOWN


def is_time(name: str) -> bool:
    """Whether a name is that of a time, such as "timestamp_ms", "X[s]" or "EMG 1 Time Series (s)"."""
    if re.fullmatch(r"(?i)\s*x\s*\[\w{1,4}\]\s*|t\s*[(\[]\w{1,4}[)\]]", name) or "time series" in name.casefold():
        return True
    words = [word for word in words_of(name) if not word.isdigit()]
    plain = "".join(words)
    known = [word for word in words if _TIME.fullmatch(word)]
    fits = all(word in known or word in _BESIDE_TIME or word in _TIME_UNITS for word in words)
    return bool(known and fits) or plain in ("ms", "us", "ns", "timestamp", "millisec", "x s")


def unit_of(name: str) -> str:
    """The unit that a name ends in, such as "EMG 1 (mV)" or "ch1_uV"; "" if it has none."""
    if (match := _BRACKETED.search(name)) and is_unit(match[1]):
        return match[1]
    match = _LAST.search(name.strip())
    return match[1] if match and is_voltage(match[1]) else ""


def without_unit(name: str) -> str:
    """A name without the voltage in brackets that it ends in."""
    match = _BRACKETED.search(name)
    return name[: match.start()].rstrip() if match and is_voltage(match[1]) and match.start() else name


def time_factor(name: str, unit: str = "") -> float | None:
    """The seconds that one unit of a time column is; None if its name does not show it."""
    found = unit.strip("()[] ").casefold()
    if found in _TIME_UNITS:
        return _TIME_UNITS[found]
    bracket = re.search(r"[(\[]\s*(\w+)\s*[)\]]", name.casefold())
    if bracket and bracket[1] in _TIME_UNITS:
        return _TIME_UNITS[bracket[1]]
    words = [*words_of(name), "".join(words_of(name))]
    return next((_TIME_UNITS[word] for word in reversed(words) if word in _TIME_UNITS), None)


def _has(role: Role, words: list[str]) -> bool:
    pattern = re.compile(_WORDS[role])
    return any(pattern.fullmatch(word) for word in words)
