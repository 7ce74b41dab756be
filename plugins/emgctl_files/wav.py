"""Dataset ``wav``: sound files, as SpikeRecorder and sound cards record muscles."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.room import BLOCK_BYTES, finite, room
from emgctl.support.atomic_write import check_regular, read_text
from emgctl.support.library import library
from emgctl.types import Recording, Signal

WHOLE = {"PCM_U8": ("int16", 1 / 256), "PCM_S8": ("int16", 1 / 256), "PCM_16": ("int16", 1.0),
         "PCM_24": ("int32", 1 / 256), "PCM_32": ("int32", 1.0)}  # fmt: skip
"""How whole numbers are read, and the factor to those that the file holds; others are read as they are."""


class Wav(FileReader):
    """Sound files (.wav): every channel as counts; SpikeRecorder's list of events beside one has the labels."""

    kind = "wav"
    pattern = re.compile(r"(?is).+\.wav")
    expected = ".wav files"
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording in a file, with the labels of NAME-events.txt if it lies beside it."""
        soundfile = library(file, "soundfile")
        check_regular(file)
        try:
            with soundfile.SoundFile(file) as sound:
                kind, factor = WHOLE.get(sound.subtype, ("float32", 1.0))
                rate_hz, length = float(sound.samplerate), int(sound.frames)
                if not length or rate_hz <= 0:
                    raise FormatError(file, "is a .wav file without samples: cut off, or never written to its end")
                samples, at = room(file, length, int(sound.channels)), 0
                for block in sound.blocks(max(BLOCK_BYTES // (8 * sound.channels), 1), dtype=kind, always_2d=True):
                    samples[at : at + len(block)] = block * np.float32(factor)
                    at += len(block)
        except (FileError, OSError, MemoryError):
            raise
        except Exception as error:  # LibsndfileError, and others where its header can't be
            text = str(error).partition(": ")[2] or str(error)
            raise FormatError(file, f"can't be read as a .wav file: {text}") from error
        samples = samples[:at]
        if not at or not finite(samples):
            raise FormatError(file, "is a .wav file without finite samples")
        note = "" if at == length else f"cut off: {at} of {length} samples are there"
        events = file.with_name(f"{file.stem}-events.txt")
        marks = _marks(events, rate_hz) if events.is_file() and not events.is_symlink() else []
        labels, names, repetitions = label_samples(marks, at)
        return Recording(
            file.name, Signal(samples.shape[1], rate_hz), samples, str(file), labels, names, repetitions,
            notes=(note,) if note else (),
        )  # fmt: skip


def _marks(path: Path, rate_hz: float) -> list[Annotation]:
    """The events in SpikeRecorder's list: a line each, with the marker's name and its time in seconds."""
    found = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        name, comma, time_s = line.partition(",")
        if line.startswith("#") or not line.strip():
            continue
        try:
            found.append(Annotation(round(float(time_s) * rate_hz), name.strip()))
        except (ValueError, OverflowError) as error:
            what = f"'{time_s.strip()[:40]}' is no time in seconds" if comma else "has no time behind the marker's name"
            raise FormatError(path, what, f"line {number}") from error
    return found
