"""Names and hashes of the files that recordings came from, for a population's card."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from emgctl.support.atomic_write import read_bytes
from emgctl.types import Recording


def file_hashes(recordings: Sequence[Recording]) -> list[tuple[str, str]]:
    """Name and SHA-256 of each file, in the order of the recordings.

    Raises:
        FileError: a file can't be read.
    """
    paths = [Path(source) for source in dict.fromkeys(one.source for one in recordings)]
    return [(path.name, hashlib.sha256(read_bytes(path)).hexdigest()) for path in paths if path.is_file()]
