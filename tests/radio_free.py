"""Recordings with an arm that moves, made from others without one."""

from dataclasses import replace

import numpy as np

from emgctl.recording.reader import read_recording
from emgctl.types import SampleBlock


def rolling(path):
    """The signal and blocks of 4 samples of a recording, with an arm that rolls by 60 degrees and back in 4 s."""
    recording = read_recording(path)
    blocks = []
    for start in range(0, len(recording.samples) - 4, 4):
        half = np.radians(60) * np.sin(2 * np.pi * start / 800) / 2
        row = np.array([[np.cos(half), np.sin(half), 0, 0, 0, 0, 1, 0, 0, 0]], np.float32)
        blocks.append(SampleBlock(recording.samples[start : start + 4], start, start / 200, row))
    return replace(recording.signal, motion_hz=50.0), blocks
