"""Makes the faults that docs/plugin-errors.md lists, in plugins as they are made, and collects the messages."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import distributions, entry_points
from pathlib import Path
from types import ModuleType

from new_plugins import announce, new

from emgctl.registry import Registry

NAME = "lamp"


class Faulty:
    """The package of a plugin called ``lamp``, in which code is replaced."""

    def __init__(self, folder: Path, role: str) -> None:
        self.role, self.package = role, new(folder, NAME, role)
        announce(self.package)
        self._files = {path: path.read_text(encoding="utf-8") for path in self.package.rglob("*") if path.is_file()}

    @contextmanager
    def changed(self, edits: Iterable[tuple[str, str]]) -> Iterator[None]:
        """Replace code in the module or the list of entry points; inside, the package can be imported."""
        for old, new_code in edits:
            path = next(path for path in self._files if path.suffix in (".py", ".txt") and old in self._files[path])
            path.write_text(path.read_text(encoding="utf-8").replace(old, new_code), encoding="utf-8")
        before = sys.dont_write_bytecode
        sys.dont_write_bytecode = True  # two changes in the same second would look the same
        sys.path.insert(0, str(self.package))
        sys.modules.pop(f"emgctl_{NAME}", None)
        try:
            yield
        finally:
            sys.path.remove(str(self.package))
            sys.modules.pop(f"emgctl_{NAME}", None)
            sys.dont_write_bytecode = before
            for path, text in self._files.items():
                path.write_text(text, encoding="utf-8")

    def registry(self, *others: str) -> Registry:
        """The registry of this package, and of emgctl's own plugins of these names."""
        points = [point for dist in distributions(path=[str(self.package)]) for point in dist.entry_points]
        own = [point for name in others for point in entry_points(group="emgctl", name=name)]
        return Registry([*own, *(point for point in points if point.group == "emgctl")])

    def tested(self, folder: Path) -> list[str]:
        """The message of its contract test, which may write into ``folder``, if it fails."""
        module = ModuleType("tests")
        (test,) = (self.package / "tests").glob("test_*.py")
        exec(compile(test.read_text(encoding="utf-8"), str(test), "exec"), module.__dict__)
        try:
            module.test_contract(*([folder] if inspect.signature(module.test_contract).parameters else []))
        except AssertionError as error:
            return [str(error)]
        return []
