"""What try-outs measured, kept beside the profile as ``NAME.tryouts.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgctl.errors import FileError
from emgctl.support.atomic_write import read_text, write_text

_VERSION = 1
_MOST_BYTES = 50_000_000


class TryOutFile:
    """The results of a profile's try-outs, the latest last; a damaged file is reported and never overwritten."""

    def __init__(self, profile: Path) -> None:
        self.path = profile.with_name(f"{profile.stem}.tryouts.json")

    def results(self) -> list[dict[str, Any]]:
        """Each result: when it was ``made``, the ``test``, its ``result`` and the ``raw`` measurements.

        Raises:
            FileError: the file is damaged, or can't be read.
        """
        if not self.path.exists():
            return []
        try:
            found = json.loads(read_text(self.path, _MOST_BYTES))
        except (ValueError, RecursionError) as error:
            raise self._damaged(str(error)) from error
        results = found.get("results") if isinstance(found, dict) and found.get("tryouts") == _VERSION else None
        if not isinstance(results, list) or not all(map(_is_result, results)):
            raise self._damaged("it holds no results of try-outs")
        return results

    def add(self, made: str, test: str, result: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        """Write one more result.

        Raises:
            FileError: the file is damaged, or can't be written.
        """
        results = [*self.results(), {"made": made, "test": test, "result": dict(result), "raw": dict(raw)}]
        write_text(self.path, json.dumps({"tryouts": _VERSION, "results": results}, indent=1, allow_nan=False) + "\n")

    def _damaged(self, why: str) -> FileError:
        return FileError(self.path, f"is damaged: {why}", remedy="move it away; new results begin a new file")


def _is_result(one: object) -> bool:
    if not isinstance(one, dict):
        return False
    return all(isinstance(one.get(key), kind) for key, kind in (("made", str), ("test", str), ("result", dict)))
