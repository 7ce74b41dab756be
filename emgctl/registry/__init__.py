"""Finds plugins by their entry points and provides their classes by kind.

Entry points are loaded one by one and checked separately: problems with a package are listed in
:attr:`Registry.failures`, and the rest keeps working. A kind is first looked up in the entry points of the same name,
so that a run imports only what it needs. If two packages provide the same kind, the one whose entry point has the
kind's name is used, then emgctl's own, then the first in alphabetical order; the other one is a failure.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from importlib.metadata import EntryPoint, distributions, entry_points
from pathlib import Path
from typing import Any, cast

from emgctl.errors import UsageError, did_you_mean, quoted
from emgctl.plugin import DatasetReader, Decoder, Input, Output, Plugin, Simulator
from emgctl.registry.fence import described, remedy
from emgctl.registry.package import ROLES, Failure, PluginPackage, label
from emgctl.trainer import Trainer

__all__ = ["ROLES", "Failure", "PluginPackage", "Registry"]

log = logging.getLogger(__name__)
TRAINERS = {
    "classifier": "emgctl.training.classifier.trainer",
    "grid": "emgctl.training.classifier.grid_trainer",
    "contrastive": "emgctl.training.contrastive.trainer",
    "pose": "emgctl.training.pose.trainer",
}
"""emgctl's own trainers: they need what plugins may not import, so no package announces them."""


class Registry:
    """All installed plugins, loaded on demand. ``points`` replaces the installed entry points in tests."""

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self._unreadable: list[Failure] = []
        installed = _installed(self._unreadable) if points is None else points
        self.packages = sorted(
            (PluginPackage(point) for point in dict.fromkeys(installed)),
            key=lambda one: (not one.own, one.package, one.name, one.point.value),
        )
        self._classes: dict[str, dict[str, type[Plugin]]] = {role: {} for role in ROLES}
        self._origin: dict[tuple[str, str], PluginPackage] = {}

    @property
    def failures(self) -> list[Failure]:
        """What was rejected in the packages loaded so far, and why."""
        return [*self._unreadable, *(failure for package in self.packages for failure in package.failures)]

    def input(self, kind: str) -> type[Input]:
        """The Input class of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[Input], self._find("input", kind))

    def decoder(self, kind: str) -> type[Decoder]:
        """The Decoder class of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[Decoder], self._find("decoder", kind))

    def output(self, kind: str) -> type[Output]:
        """The Output class of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[Output], self._find("output", kind))

    def dataset(self, kind: str) -> type[DatasetReader]:
        """The DatasetReader class of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[DatasetReader], self._find("dataset", kind))

    def simulator(self, kind: str) -> type[Simulator]:
        """The Simulator class of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[Simulator], self._find("simulator", kind))

    def trainer(self, kind: str) -> type[Trainer[Any]]:
        """The Trainer class for decoders of ``kind``; raises UsageError with the closest kind if there is none."""
        return cast(type[Trainer[Any]], self._find("trainer", kind))

    def all(self, role: str) -> dict[str, type[Plugin]]:
        """Every class of a role by kind; loads all plugins."""
        for package in self.packages:
            self._load(package)
        return dict(sorted(self._classes[role].items()))

    def of_entry_point(self, role: str, name: str) -> list[str]:
        """The kinds of a role provided by the entry points of one name; loads no others."""
        for package in self._named(name):
            self._load(package)
        return [kind for kind in self._classes[role] if self._origin[role, kind].name == name]

    def origin(self, role: str, kind: str) -> str:
        """The module a loaded class came from."""
        return self._origin[role, kind].point.value

    def _named(self, name: str) -> list[PluginPackage]:
        return [package for package in self.packages if package.name == name]

    def _find(self, role: str, kind: str) -> type[Plugin]:
        if kind not in self._classes[role]:
            for package in self._named(_point(role, kind)) or self._named(kind):
                self._load(package)
        found = self._classes[role].get(kind) or self.all(role).get(kind)
        if found is None:
            culprits = [one for one in self.failures if kind in (one.kind, one.entry_point)]
            if culprits:
                raise UsageError("\n".join(f"{role} '{quoted(kind)}' can't be used: {one}" for one in culprits))
            unknown = f"unknown {role} '{quoted(kind)}'{did_you_mean(kind, self._classes[role])}"
            raise UsageError("\n".join([unknown, *map(str, self.failures)]))
        return found

    def _load(self, package: PluginPackage) -> None:
        if package.loaded:
            return
        package.load()
        for role, cls in package.classes:
            first = self._origin.get((role, cls.kind))
            if first is None:
                self._use(role, cls, package)
            elif self._classes[role][cls.kind] is not cls:
                self._settle(role, cls, package, first)

    def _use(self, role: str, cls: type[Plugin], package: PluginPackage) -> None:
        self._classes[role][cls.kind] = cls
        self._origin[role, cls.kind] = package

    def _settle(self, role: str, cls: type[Plugin], second: PluginPackage, first: PluginPackage) -> None:
        """Resolve two classes with the same kind: use one and report the other."""
        used, unused = first, second
        if self._rank(second, role, cls.kind) < self._rank(first, role, cls.kind):
            used, unused = second, first
            self._use(role, cls, second)
        other = f"package {used.package}" if used.package else f"module {used.point.value}"
        unused.fail(f"{other} provides the {role} '{cls.kind}' too and takes precedence", cls.kind)

    def _rank(self, package: PluginPackage, role: str, kind: str) -> tuple[bool, int]:
        return package.name not in (kind, _point(role, kind)), self.packages.index(package)


def _point(role: str, kind: str) -> str:
    """The name of the entry point at which a kind is looked up first."""
    return f"train-{kind}" if role == "trainer" else kind


def _installed(unreadable: list[Failure]) -> list[EntryPoint]:
    """All entry points; a package whose entry points cannot be read is added to ``unreadable``."""
    own = [EntryPoint(_point("trainer", kind), module, "emgctl") for kind, module in TRAINERS.items()]
    return [*own, *_announced(unreadable)]


def _announced(unreadable: list[Failure]) -> list[EntryPoint]:
    """The entry points of installed packages."""
    try:
        return list(entry_points(group="emgctl"))
    except Exception:  # importlib gives up at the first malformed file
        log.debug("reading entry points one package at a time", exc_info=True)
    found: dict[str, list[EntryPoint]] = {}
    for number, dist in enumerate(distributions()):
        package = label(dist)
        name = re.sub(r"[-_.]+", "-", package.partition(" ")[0]).lower() or str(number)
        if name in found:
            continue  # shadowed by one that comes earlier on the path
        found[name] = []
        try:
            found[name] += dist.entry_points.select(group="emgctl")
        except Exception as error:
            reason = f"its entry_points.txt can't be read: {described(error)}"
            unreadable.append(Failure(getattr(dist, "_path", Path()).name, reason, package, remedy=remedy(package)))
    return [point for points in found.values() for point in points]
