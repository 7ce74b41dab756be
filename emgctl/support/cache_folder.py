"""Where caches are kept, and what their entries are called."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from emgctl.errors import missing_extra


def cache_folder() -> Path | None:
    """Where caches are kept; None where nothing is to be kept.

    Raises:
        DeviceError: nobody says where, and platformdirs is not installed, which knows.
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
    """A name for an entry, of whatever text."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]
