"""Reads the data sets myo_people and myo_continuous for benchmarks/population.py and scripts/make_population.

Both are parts of github.com/aljazfrancic/myo-readings-dataset (MIT). Per session eight recordings of a minute: file 0
small movements without a gesture, file i (1 to 7) six to seven times 5 s of rest and 5 s of gesture i. Labels are the
cue's. Three faults are corrected here, and nothing else:
- two people whose labels do not fit their signals are left out (EXCLUDED);
- repeated rows of two people, whose files hold 250 rows a second, are left out (REPEATED);
- each person's labels are shifted by the median over the sessions of the shift (a multiple of 0.1 s) at which they
  correlate best with muscle activity: it is the reaction time and the fault of the recording program together.
Then 0.75 s after and 0.25 s before each shifted switch are cut, and of each segment 4 s at most are used; segments
shorter than 1.5 s are not counted. The gesture is taken from the file's number, as one session labels it wrongly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from emgctl.inference.population.features import RingFeatures

LABELS = ("rest", "flexion", "extension", "radial", "ulnar", "pronation", "supination", "fist")
EXCLUDED = ("L6666", "R35622")
REPEATED = ("L55555", "R69069")
ALWAYS_TRAINED_ON = ("12345", "45612")
RATE_HZ, HOP = 200, 5
AFTER, BEFORE, LONGEST, LEAST = 150, 50, 800, 300  # samples


@dataclass
class Session:
    """Features of all windows of a session, ``HOP`` samples apart.

    ``classes`` (N,): -1 where the window is cut; ``uncut``: the class at the window's middle, -1 in file 0 only.
    ``files``, ``repetitions`` (N,): where it lies; ``since_s``: from the end of the cut to the window's end.
    """

    subject: str
    name: str
    features: np.ndarray
    classes: np.ndarray
    uncut: np.ndarray
    files: np.ndarray
    repetitions: np.ndarray
    since_s: np.ndarray
    path: Path
    sha256: str
    seconds: float
    shift: int  # samples by which the person's cues lead the muscles
    ring: RingFeatures

    @property
    def mirrored(self) -> bool:
        return self.subject.startswith("L")

    def segments(self) -> np.ndarray:
        """A number for each file and repetition, ``(N,)``."""
        return self.files * 100 + self.repetitions


def continuous(data: Path) -> list[Path]:
    """The sessions of myo_continuous."""
    return [data / "myo_continuous" / f"{one}-{k}" for one in ALWAYS_TRAINED_ON for k in (1, 2, 3)]


def read_sessions(data: Path, paths: list[Path] | None = None, ring: RingFeatures | None = None) -> list[Session]:
    """Every usable session under DATA, or those of ``paths`` only, by person and name."""
    if paths is None:
        paths = [*sorted((data / "myo_people").glob("*.npz")), *continuous(data)]
    raw = {path: list(read_files(path)) for path in paths if _subject(path) not in EXCLUDED}
    shifts: dict[str, list[float]] = {}
    spectra = {path: [_activity(samples) for _, samples, _ in files] for path, files in raw.items()}
    for path, files in raw.items():
        shifts.setdefault(_subject(path), []).append(_shift(files, spectra[path]))
    ring = ring or RingFeatures()
    return [_session(path, files, int(np.median(shifts[_subject(path)])), ring) for path, files in raw.items()]


def _subject(path: Path) -> str:
    return path.stem.split("-")[0]


def recorded(path: Path) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Number, samples (T, 8) and cues (T,) of each of the eight recordings, as they are."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as found:
            samples, cues, asked = (found[name] for name in ("samples", "labels", "asked"))
        parts = [(number, samples[asked == number], cues[asked == number]) for number in range(8)]
    else:
        tables = [np.loadtxt(path / f"{number}.txt", np.int16, delimiter=",") for number in range(8)]
        parts = [(number, table[:, :8], table[:, 8]) for number, table in enumerate(tables)]
    yield from parts


def read_files(path: Path) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The same without repeated rows, the samples as float32."""
    for number, samples, cues in recorded(path):
        if _subject(path) in REPEATED:
            new = np.r_[True, (samples[1:] != samples[:-1]).any(axis=1)]
            samples, cues = samples[new], cues[new]
        yield number, samples.astype(np.float32), cues.astype(int)


def _activity(samples: np.ndarray) -> np.ndarray:
    """Log level (N,) of the windows, which end at length + HOP * k."""
    features = RingFeatures()
    ends = np.arange(features.length, len(samples) + 1, HOP)
    change = np.diff(samples, axis=0, prepend=samples[:1])
    power = np.r_[0, np.cumsum(np.square(change).sum(axis=1))]
    return np.log(power[ends] - power[ends - features.window] + 1)


def _switches(cues: np.ndarray) -> list[tuple[int, int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(cues)) + 1).tolist(), len(cues)]
    return [(first, last, int(cues[first] > 0)) for first, last in pairwise(edges)]


def _shift(files: list[tuple[int, np.ndarray, np.ndarray]], activity: list[np.ndarray]) -> int:
    """Samples by which cues lead the muscles, from -0.8 to 1.1 s."""
    shifts = range(-160, 240, 20)
    fits = np.zeros(len(shifts))
    for (number, _, cues), level in zip(files, activity, strict=True):
        if not number:
            continue
        middle = np.arange(len(level)) * HOP + RingFeatures().length - RingFeatures().window // 2
        for place, shift in enumerate(shifts):
            asked = cues[np.clip(middle - shift, 0, len(cues) - 1)] > 0
            fits[place] += np.corrcoef(asked, level)[0, 1]
    return shifts[int(fits.argmax())]


def _session(path: Path, files: list[tuple[int, np.ndarray, np.ndarray]], shift: int, ring: RingFeatures) -> Session:
    parts = []
    for number, samples, cues in files:
        features, ends = ring.of_signal(samples, HOP)
        table = np.full((len(ends), 5), -1.0)
        table[:, 2] = number
        counts = [0, 0]
        for first, last, active in _switches(cues) if number else []:
            if last - first < LEAST:
                continue
            begin, end = first + shift, last + shift
            label = number if active else 0
            middle = ends - ring.window // 2
            table[(middle >= begin) & (middle < end), 1] = label
            table[(middle >= begin) & (middle < end), 3] = counts[active]
            used = (ends - ring.window >= begin + AFTER) & (ends <= min(end - BEFORE, begin + AFTER + LONGEST))
            table[used, 0] = label
            table[used, 4] = (ends[used] - begin - AFTER) / RATE_HZ
            counts[active] += 1
        parts.append((features, table))
    features, table = (np.concatenate(one) for one in zip(*parts, strict=True))
    classes, uncut, numbers, repetitions = table[:, :4].T.astype(int)
    bytes_ = b"".join(one.read_bytes() for one in ([path] if path.is_file() else sorted(path.glob("*.txt"))))
    seconds = sum(len(samples) for _, samples, _ in files) / RATE_HZ
    return Session(_subject(path), path.stem, features, classes, uncut, numbers, repetitions, table[:, 4], path,
                   hashlib.sha256(bytes_).hexdigest(), seconds, shift, ring)  # fmt: skip
