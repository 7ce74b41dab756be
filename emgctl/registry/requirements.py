"""What the installed plugins need on this computer, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emgctl.errors import EmgctlError, PluginError
from emgctl.plugin import Plugin
from emgctl.registry import Failure, Registry
from emgctl.registry.plugin_info import findings
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.support.native_library import loads


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement of a plugin, by its ``role`` and ``kind``."""

    role: str
    kind: str
    diagnostic: Diagnostic


def requirements(registry: Registry, kinds: set[tuple[str, str]] | None = None) -> Iterator[Requirement]:
    """Every requirement of the core and of all plugins, or only of those whose role and kind are among ``kinds``.

    Plugins that failed to load come last, with the role "plugins". What training needs is there only without ``kinds``,
    as no profile needs it.
    """
    for one in (loads("onnxruntime", "all"), library("h5py", "all")):
        yield Requirement("core", "emgctl", one)
    if kinds is None:
        yield Requirement("core", "train", library("torch", "train"))
    for role, find in (("input", registry.input), ("decoder", registry.decoder), ("output", registry.output)):
        named = registry.all(role) if kinds is None else sorted(kind for of, kind in kinds if of == role)
        for kind in named:
            for one in _findings(find(kind)):
                yield Requirement(role, kind, one)
    for failure in registry.failures:  # nothing that a profile needs
        yield Requirement("plugins", "", _broken(failure))


def _findings(cls: type[Plugin]) -> list[Diagnostic]:
    """The requirements of the class, or the failure to determine them."""
    try:
        return findings(cls)
    except PluginError as error:
        return [Diagnostic(error.plugin, False, error.problem, error.remedy)]
    except EmgctlError as error:
        return [Diagnostic("requirements", False, f"unknown: {error}", "update or remove the package")]


def _broken(failure: Failure) -> Diagnostic:
    package = f" (package {failure.package})" if failure.package else ""
    return Diagnostic(f"plugin {failure.entry_point}{package}", False, failure.reason, failure.remedy)
