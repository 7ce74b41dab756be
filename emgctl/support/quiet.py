"""Libraries that report on files in ways that no user of emgctl should see."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Drop the warnings and log messages of libraries inside; emgctl's own still pass."""

    def own(record: logging.LogRecord) -> bool:
        return record.name.partition(".")[0].startswith("emgctl")

    handlers = [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort else [])]
    for handler in handlers:
        handler.addFilter(own)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler in handlers:
            handler.removeFilter(own)
