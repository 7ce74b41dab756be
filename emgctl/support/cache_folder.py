"""The folder for caches, and the names of their entries."""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from emgctl.errors import DeviceError, FileError, missing_extra

log = logging.getLogger(__name__)


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


def roomy_folder() -> Path | None:
    """Where large files may be for a while: the folder for caches; None if that can't be had, for temporary files."""
    with suppress(OSError, DeviceError):
        folder = cache_folder()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            return folder if os.access(folder, os.W_OK) else None
    return None


def not_kept(folder: Path, error: OSError | FileError) -> None:
    """Warn, once for each reason, that nothing is kept in the folder for caches."""
    reason = error.problem if isinstance(error, FileError) else f"can't be written: {error.strerror or error}"
    _warn(str(folder), reason)


@cache
def _warn(folder: str, reason: str) -> None:
    log.warning(
        "the cache %s %s; without it, each start checks and prepares its files again"
        " (set EMGCTL_CACHE=off if that is meant, or to a folder that can be written)",
        folder,
        reason,
    )


def sha(text: str) -> str:
    """A file name for an entry with any text."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]
