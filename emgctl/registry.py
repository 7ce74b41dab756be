"""Finds plugins by their entry points and hands out their classes by kind.

Entry points load one by one: a plugin whose import fails is named in :attr:`Registry.failures` and left out, and the
rest runs. A kind is first looked for in the entry point of the same name, so a run imports only what it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

import pluggy

from emgctl import hookspecs
from emgctl.errors import UsageError, did_you_mean
from emgctl.plugin import DatasetReader, Decoder, Input, Output, Plugin, Simulator

ROLES = {
    "input": "emgctl_inputs",
    "decoder": "emgctl_decoders",
    "output": "emgctl_outputs",
    "dataset": "emgctl_datasets",
    "simulator": "emgctl_simulators",
}
"""The roles a plugin class can have, and the hook that registers it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that could not be loaded, and why."""

    entry_point: str
    reason: str


class Registry:
    """All installed plugins, loaded on demand. ``points`` replaces the installed entry points in tests."""

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        installed = entry_points(group="emgctl") if points is None else points
        self._points = {point.name: point for point in installed}
        self._manager = pluggy.PluginManager("emgctl")
        self._manager.add_hookspecs(hookspecs)
        self._classes: dict[str, dict[str, type[Plugin]]] = {role: {} for role in ROLES}
        self._origin: dict[tuple[str, str], str] = {}
        self._loaded: set[str] = set()
        self.failures: list[Failure] = []

    def input(self, kind: str) -> type[Input]:
        """The Input class of ``kind``; UsageError with the nearest kind if there is none."""
        return cast(type[Input], self._find("input", kind))

    def decoder(self, kind: str) -> type[Decoder]:
        """The Decoder class of ``kind``; UsageError with the nearest kind if there is none."""
        return cast(type[Decoder], self._find("decoder", kind))

    def output(self, kind: str) -> type[Output]:
        """The Output class of ``kind``; UsageError with the nearest kind if there is none."""
        return cast(type[Output], self._find("output", kind))

    def dataset(self, kind: str) -> type[DatasetReader]:
        """The DatasetReader class of ``kind``; UsageError with the nearest kind if there is none."""
        return cast(type[DatasetReader], self._find("dataset", kind))

    def simulator(self, kind: str) -> type[Simulator]:
        """The Simulator class of ``kind``; UsageError with the nearest kind if there is none."""
        return cast(type[Simulator], self._find("simulator", kind))

    def all(self, role: str) -> dict[str, type[Plugin]]:
        """Every class of a role by kind; loads all plugins."""
        for name in self._points:
            self._load(name)
        return dict(sorted(self._classes[role].items()))

    def of_entry_point(self, role: str, name: str) -> list[str]:
        """The kinds of a role that one entry point provides; loads no other."""
        if name in self._points:
            self._load(name)
            module = self._points[name].value
            return [kind for kind in self._classes[role] if self._origin[role, kind] == module]
        return []

    def origin(self, role: str, kind: str) -> str:
        """The module a loaded class came from."""
        return self._origin[role, kind]

    def _find(self, role: str, kind: str) -> type[Plugin]:
        if kind in self._points and kind not in self._classes[role]:
            self._load(kind)
        found = self._classes[role].get(kind) or self.all(role).get(kind)
        if found is None:
            broken = "".join(f"; plugin '{f.entry_point}' was left out: {f.reason}" for f in self.failures)
            raise UsageError(f"unknown {role} '{kind}'{did_you_mean(kind, self._classes[role])}{broken}")
        return found

    def _load(self, name: str) -> None:
        if name in self._loaded:
            return
        self._loaded.add(name)
        point = self._points[name]
        try:
            module = point.load()
            self._manager.register(module, name=name)
            self._manager.check_pending()  # a misspelt hook is an error, not silence
            others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name]
            for role, hook in ROLES.items():
                for classes in self._manager.subset_hook_caller(hook, others)():
                    for cls in classes:
                        self._add(role, cls, point.value)
        except Exception as error:  # a stranger's import may raise anything, and must not take the host down
            self.failures.append(Failure(name, f"{type(error).__name__}: {error}"))

    def _add(self, role: str, cls: type[Plugin], module: str) -> None:
        first = self._origin.get((role, cls.kind))
        if first is not None:
            raise UsageError(f"{role} '{cls.kind}' is already provided by {first}")
        self._classes[role][cls.kind] = cls
        self._origin[role, cls.kind] = module
