"""The folder for caches, and the names of their entries."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from emgctl.errors import missing_extra


def cache_folder() -> Path | None:
    """The folder for caches; None if caching is disabled.

    Raises:
        DeviceError: no folder is configured and platformdirs is not installed.
    """
    named = os.environ.get("EMGCTL_CACHE", "")
    if named:
        return None if named == "off" else Path(named)
    try:
        from platformdirs import user_cache_path
    except ImportError as error:
        raise missing_extra("the cache of data sets", "platformdirs", "datasets") from error
    return user_cache_path("emgctl")


def sha(text: str) -> str:
    """A file name for an entry with any text."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]
