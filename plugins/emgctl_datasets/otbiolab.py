"""Dataset ``otbiolab``: what OT BioLab+ exports to MATLAB (variables Data, Time, Description, SamplingFrequency)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import finite, placed
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

_DESCRIBED = re.compile(r"(.*?)\s*[\[(]\s*([^\[\]()]{0,12})\s*[\])]\s*", re.DOTALL)
_GRID = re.compile(r"(?:HD|GR)(\d\d)MM(\d\d)(\d\d)", re.IGNORECASE)
_PATHS = re.compile(r"(?i).*(path|acquired data|feedback|force|torque|aux|trigger|ramp|decomposition|source)")


class OtBioLab(mat.MatReader):
    """OT BioLab+'s export to MATLAB (.mat): the electrodes in microvolts; force and auxiliary channels are left out."""

    kind = "otbiolab"
    needed = ("Data", "Description", "SamplingFrequency")
    expected = "MATLAB files (.mat) of OT BioLab+"
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording in a file."""
        arrays = mat.load(file, cls.needed)
        data, rate = _inner(arrays["Data"]), arrays["SamplingFrequency"].ravel()
        if data.ndim != 2 or data.dtype.kind not in "iuf" or not data.size:
            raise FormatError(file, f"should be numbers (T, C), not {data.dtype} {data.shape}", "variable 'Data'")
        if rate.size < 1 or rate.dtype.kind not in "iuf" or not 0 < float(rate[0]) < np.inf:
            raise FormatError(file, "should be a positive number", "variable 'SamplingFrequency'")
        texts = _texts(arrays["Description"])
        if len(texts) != data.shape[1]:
            raise FormatError(file, f"describes {len(texts)} channels of {data.shape[1]}", "variable 'Description'")
        channels = [_channel(text, float(rate[0])) for text in texts]
        chosen, others = muscles(channels)
        if not chosen:
            raise FormatError(file, "describes no electrode", "variable 'Description'")
        unit = to_microvolts(channels[chosen[0]].unit)[0]
        factors = np.array([to_microvolts(channels[place].unit)[1] for place in chosen])
        samples = placed(file, data, factors, chosen)
        if not finite(samples):
            raise FormatError(file, "has values that are not finite", "variable 'Data'")
        names = tuple(channels[place].name for place in chosen)
        signal = Signal(len(chosen), float(rate[0]), unit, _grid(texts, chosen), names)
        return Recording(file.name, signal, samples, str(file), notes=(others,) if others else ())


def _channel(text: str, rate_hz: float) -> Channel:
    found = _DESCRIBED.fullmatch(text)
    name, unit = (found[1], found[2]) if found else (text, "")
    return Channel(name.strip(), unit.strip(), rate_hz, "MISC" if _PATHS.match(name) else "")


def _grid(texts: list[str], chosen: list[int]) -> tuple[int, int] | None:
    """The rows and columns of a grid whose electrodes are all there, by its type; None if it is none, or several."""
    types = {(found[2], found[3]) for place in chosen if (found := _GRID.search(texts[place]))}
    rows, columns = map(int, types.pop()) if len(types) == 1 else (0, 0)
    return (rows, columns) if rows * columns == len(chosen) else None


def _inner(values: NDArray[Any]) -> NDArray[Any]:
    """The array in a cell, or in cells within cells."""
    while values.dtype.kind == "O" and values.size == 1:
        values = np.asarray(values.ravel()[0])
    return values


def _texts(values: NDArray[Any]) -> list[str]:
    inner = _inner(values)
    return [str(np.asarray(one).ravel()[0]) if np.asarray(one).size else "" for one in inner.ravel()]
