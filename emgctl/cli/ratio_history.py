"""A file of the ratios that ``emgctl bench --compare`` has measured, a line of JSON each time."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import emgctl
from emgctl.cli.comparison import Ratios
from emgctl.support.json_text import finite


def append(path: Path, other: str, settings: Mapping[str, float | str], ratios: Mapping[str, Ratios]) -> None:
    """Add the lowest, the median and the highest ratio of each figure, with today's date and the ``settings``.

    Args:
        path: the file, which is created if it is missing.
        other: the version that this one was compared with.
        settings: how it was measured.
        ratios: by signal and figure, one a round; below 1, this version is better.
    """
    line = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": emgctl.__version__,
        "other": other,
        **settings,
        "ratios": {
            signal: {
                name: [round(one, 3) for one in (min(found), median(found), max(found))]
                for name, found in figures.items()
            }
            for signal, figures in ratios.items()
        },
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(finite(line), allow_nan=False) + "\n")
