"""Libraries that report on files in ways that no user of emgctl should see."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

OWN = "emgctl"


@contextmanager
def quiet() -> Iterator[None]:
    """Drop the warnings and log messages of libraries inside; emgctl's own still pass."""
    handlers = _handlers()
    for handler in handlers:
        handler.addFilter(_is_own)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler in handlers:
            handler.removeFilter(_is_own)


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.startswith(OWN)


def _handlers() -> list[logging.Handler]:
    """Those of every logger, and the one of last resort."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    found = [handler for logger in loggers for handler in logger.handlers]
    return list(dict.fromkeys([*found, *([logging.lastResort] if logging.lastResort else [])]))
