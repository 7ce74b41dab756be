"""The page about every name of ``import emgctl``, from signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

INTRODUCTION = """\
# Python API

Every name of `import emgctl`, with its signature; this page is generated from the code. [Python](../python.md)
shows with examples how they go together. What plugins are derived from, `emgctl.plugin`, is [below](#emgctlplugin).
"""
PLUGINS = """\
## emgctl.plugin

The base classes of plugins, and what they exchange with a run; [a plugin of each role](../plugin-roles.md) says when
each method is called.
"""
SECTION = re.compile(r"^(Args|Arguments|Attributes|Returns|Yields|Raises|Examples?):$", re.MULTILINE)


def api_reference() -> str:
    """The page, in Markdown."""
    import emgctl
    from emgctl import plugin

    names = [part for name in emgctl.__all__ for part in _section(name, getattr(emgctl, name))]
    bases = [part for name in plugin.__all__ for part in _section(name, getattr(plugin, name))]
    return "\n".join([INTRODUCTION, "## emgctl\n", *names, PLUGINS, *bases])


def _section(name: str, item: object) -> Iterator[str]:
    yield f"### {name}\n"
    if callable(item):
        yield f"```python\n{_signature(name, item)}\n```\n"
    yield f"{as_markdown(inspect.getdoc(item) or '')}\n"
    if inspect.isclass(item):
        for member, value in _members(item):
            yield f"- `{member}`: {' '.join(as_markdown(inspect.getdoc(value) or '').split())}"
        yield ""


def _members(cls: type) -> Iterator[tuple[str, object]]:
    """Documented methods and properties of emgctl's own."""
    for member, value in inspect.getmembers(cls):
        shown = inspect.isfunction(value) or inspect.ismethod(value) or isinstance(value, property)
        own = str(getattr(getattr(value, "fget", value), "__module__", "")).startswith("emgctl")
        if shown and own and not member.startswith("_") and inspect.getdoc(value):
            yield member if isinstance(value, property) else f"{member}({', '.join(_arguments(value))})", value


def _arguments(method: object) -> Iterator[str]:
    """The names of a method's arguments; those that have a default in brackets."""
    for name, one in inspect.signature(method).parameters.items():  # type: ignore[arg-type]
        if name not in ("self", "cls"):
            yield name if one.default is one.empty else f"[{name}]"


def _signature(name: str, item: object) -> str:
    try:
        signature = inspect.signature(item)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    parts = [re.sub(r": '([^']*)'", r": \1", str(one)) for one in signature.parameters.values()]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 100 or not parts:
        return line
    return f"{name}(\n{''.join(f'    {part},{chr(10)}' for part in parts)})"


def as_markdown(docstring: str) -> str:
    """A docstring in Google's form as Markdown: its sections as lists."""
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", docstring.replace("``", "`"))
    first, *rest = SECTION.split(text)
    parts = [first.rstrip()]
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        block = inspect.cleandoc(body)
        items = re.sub(r"^(\*{0,2}\w[\w, *`]*)(?: \([^)]*\))?: ", r"- `\1`: ", block, flags=re.MULTILINE)
        parts.append(f"**{heading}**\n\n{re.sub(r'^ +', '    ', items, flags=re.MULTILINE)}")
    return "\n\n".join(parts)
