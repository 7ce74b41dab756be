"""One entry point of a plugin package: its import, its hooks, and the classes that may be registered."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, EntryPoint
from types import ModuleType
from typing import Any

import pluggy

from emgctl import __version__
from emgctl.errors import did_you_mean, quoted
from emgctl.plugin import Plugin
from emgctl.registry.admission import flaws
from emgctl.registry.fence import (
    NOTICE_S,
    OWN,
    Overdue,
    SigintWatch,
    described,
    limit_s,
    limited,
    remedy,
    stdout_to_stderr,
)

log = logging.getLogger(__name__)
ROLES = {
    "input": "emgctl_inputs",
    "decoder": "emgctl_decoders",
    "output": "emgctl_outputs",
    "dataset": "emgctl_datasets",
    "simulator": "emgctl_simulators",
    "trainer": "emgctl_trainers",
}
"""The roles of plugin classes, and the hook that registers each."""

_ROLE_OF = {hook: role for role, hook in ROLES.items()}
_MANAGER = pluggy.PluginManager("emgctl")


@functools.cache
def label(dist: Distribution) -> str:
    """The distribution's name and version, "" if its metadata cannot be read."""
    try:
        return quoted(f"{dist.metadata['Name'] or ''} {dist.metadata['Version'] or ''}".strip(), 100)
    except Exception:  # missing, or not text
        return ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rejected part of a plugin package: its entry point, the ``kind`` if known, the reason and a remedy."""

    entry_point: str
    reason: str
    package: str = ""
    kind: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        package = f" (package {self.package})" if self.package else ""
        return f"plugin '{quoted(self.entry_point)}'{package} was left out: {self.reason}; {self.remedy}"


@dataclass(slots=True)
class PluginPackage:
    """An entry point and the result of loading it.

    ``classes`` are those that fulfil their contract, each with its role; ``failures`` lists everything else.
    ``import_s`` is the duration of the import.
    """

    point: EntryPoint
    classes: list[tuple[str, type[Plugin]]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    import_s: float = 0.0
    loaded: bool = False
    _pressed: SigintWatch = field(default_factory=SigintWatch, repr=False)

    @property
    def name(self) -> str:
        """The entry point's name, by convention the kind it provides."""
        return self.point.name

    @property
    def package(self) -> str:
        """The distribution with its version, "" if unknown."""
        if self.point.value.startswith(f"{OWN}."):
            return f"{OWN} {__version__}"
        return "" if self.point.dist is None else label(self.point.dist)

    @property
    def own(self) -> bool:
        """Whether it is a plugin of emgctl's own distribution."""
        return self.package.partition(" ")[0] == OWN

    @property
    def slow(self) -> bool:
        """Whether the import took long enough to be reported."""
        return self.import_s > NOTICE_S

    def load(self) -> None:
        """Import it and collect its classes; never raises, except for the user's own Ctrl-C.

        What it prints goes to stderr, to keep JSON clean.
        """
        if self.loaded:
            return
        self.loaded = True
        began_s = time.monotonic()
        loading = f"plugin '{self.name}' (package {self.package}): loading it"
        log.debug("%s", loading)
        contained = self._contained("its registration")
        with contained, self._pressed, stdout_to_stderr(), limited(loading, limit_s(), NOTICE_S):
            module: Any = None
            with self._contained("its import"):
                module = self.point.load()
            self.import_s = time.monotonic() - began_s
            if not self.failures:
                self._collect(module)

    def fail(self, reason: str, kind: str = "") -> None:
        """Add a failure."""
        self.failures.append(Failure(self.name, reason, self.package, kind, remedy(self.package)))

    @contextlib.contextmanager
    def _contained(self, what: str, kind: str = "") -> Iterator[None]:
        """Turn any exception into a failure of ``what``."""
        try:
            yield
        except Overdue as error:
            self.fail(f"{what} {error}", kind)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and self._pressed.seen:
                raise
            log.debug("%s of plugin '%s'", what, self.name, exc_info=error)
            self.fail(f"{what} raised {described(error)}", kind)

    def _collect(self, module: ModuleType) -> None:
        hooks: dict[str, Callable[[], object]] = {}
        for attribute in dir(module):
            with self._contained(attribute):
                self._note_hook(module, attribute, hooks)
        for name, function in hooks.items():
            with self._contained(f"{name}()"):
                self._register(name, function())
        if not hooks and not self.failures:
            known = ", ".join(f"{hook}()" for hook in ROLES.values())
            self.fail(f"it has none of the hooks, marked with @hookimpl: {known}")

    def _note_hook(self, module: ModuleType, attribute: str, hooks: dict[str, Callable[[], object]]) -> None:
        """Add the attribute to ``hooks`` if it is one; misspelt or unmarked hooks and those with arguments fail."""
        function = getattr(module, attribute)
        if not inspect.isroutine(function):
            return
        options = _MANAGER.parse_hookimpl_opts(module, attribute)
        if options is None:
            if attribute in _ROLE_OF:
                self.fail(f"{attribute}() is not marked with @hookimpl (emgctl.hookspecs.hookimpl)")
            return
        name = options.get("specname") or attribute
        if name not in _ROLE_OF:
            self.fail(f"there is no hook {quoted(name, 60)}(){did_you_mean(name, _ROLE_OF)}")
        elif needed := _arguments(function):
            self.fail(f"{name}() is called without arguments, but needs {needed}")
        elif inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            self.fail(f"{name}() must return a list; it is asynchronous or contains 'yield'")
        else:
            hooks[name] = function

    def _register(self, hook: str, returned: object) -> None:
        if not isinstance(returned, list | tuple):
            what = f"the class {returned.__name__}" if isinstance(returned, type) else type(returned).__name__
            self.fail(f"{hook}() returned {what}, not a list of classes")
            return
        for cls in returned:
            name = quoted(getattr(cls, "__name__", type(cls).__name__), 60)
            with self._contained(name):
                given = getattr(cls, "kind", "")
                kind = given if isinstance(given, str) else ""
                if found := list(flaws(_ROLE_OF[hook], cls)):
                    self.fail(f"{hook}(): {name}: {'; '.join(found)}", kind)
                    continue
                cls.package = self.package
                self.classes.append((_ROLE_OF[hook], cls))


def _arguments(function: Callable[..., object]) -> str:
    """The required parameters that prevent calling a hook."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(f"'{one.name}'" for one in parameters if one.kind in kinds and one.default is one.empty)
