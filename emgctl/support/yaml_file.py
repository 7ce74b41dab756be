"""Reads untrusted YAML: only plain values are constructed, and their number is limited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from emgctl.errors import FileError, quoted
from emgctl.support.atomic_write import read_text

MOST_BYTES = 1 << 20
MOST_VALUES = 20_000  # counting each alias as its expansion
DEEPEST = 64
_SIMPLER = "check that this is the right file, and remove what it does not need"
_QUOTES = "check the line; text with special characters, and a date, needs quotes"
_ESCAPES = r"a \ in double quotes begins an escape: put a path in single quotes, or write / instead"
_REMEDIES = {  # by the beginning of PyYAML's message
    r"found character '\t'": "YAML takes no tabs here: write spaces instead",
    "found character": "text that begins with this character needs quotes",
    "found unknown escape character": _ESCAPES,
    "expected escape sequence of": _ESCAPES,
    "found undefined alias": "text that begins with * needs quotes",
    "mapping values are not allowed": "each key needs a line of its own, the same indentation as its neighbors and a "
    "space after its colon; text with a colon in it needs quotes",
    "could not find expected ':'": "each key needs a colon and a space after it",
    "expected ',' or": "a bracket is not closed, or a comma is missing",
    "found unhashable key": "a key is one word: remove the brackets around it, or put it in quotes",
    "expected a mapping or list of mappings for merging": "<<: is for *NAME, another section that begins with &NAME",
    "could not determine a constructor": "tags, which begin with !, are not allowed: remove it",
    "but found another document": "a file is one document: remove the line ---",
    "expected <block end>": "keys of one section need the same indentation, and items of a list a dash each",
    "found unexpected end of stream": "a quotation mark is not closed",
}


def read_yaml(path: Path) -> tuple[yaml.Node | None, Any]:
    """The node tree of a document, with line numbers, and its content.

    Aliases are counted by their expansion before anything traverses them: nine lines can expand to a billion values.

    Raises:
        FileError: it cannot be read, is not YAML, has more than one document, or is too large or too deep; the place is
            the line.
    """
    return parse_yaml(path, read_text(path, MOST_BYTES))


def parse_yaml(path: Path, text: str) -> tuple[yaml.Node | None, Any]:
    """The same of a text that ``path`` has or is to get.

    Raises:
        FileError: as of :func:`read_yaml`.
    """
    if len(text) > MOST_BYTES:
        raise FileError(path, f"is larger than {MOST_BYTES / 1e6:g} MB, which no file of its kind is", remedy=_SIMPLER)
    loader = yaml.SafeLoader("")
    try:
        _check_events(path, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return None, None
        _count(path, root)
        content = loader.construct_document(root)
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, AttributeError, RecursionError) as error:
        problem = str(getattr(error, "problem", None) or error)
        remedy = next((words for begin, words in _REMEDIES.items() if problem.startswith(begin)), _QUOTES)
        began = problem == "found unexpected end of stream"  # where a quotation begins, not the end of the file
        mark = getattr(error, "context_mark" if began else "problem_mark", None)
        line = str(mark.line + 1) if mark else ""
        if isinstance(error, yaml.reader.ReaderError):
            problem, remedy = f"it holds the control character #x{error.character:02x}", "remove it"
            line = str(1 + text[: error.position].count("\n"))
        raise FileError(path, f"is not valid YAML: {quoted(problem.removeprefix('but '))}", line, remedy) from error
    finally:
        loader.dispose()
    # constructing merges << into the nodes; line lookups need the original nodes
    return yaml.compose(text, Loader=yaml.SafeLoader), content


def _check_events(path: Path, text: str) -> None:
    """Reject text that is too long, or too deeply nested for the parser's recursion, before building a tree."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if number > 2 * MOST_VALUES:
            raise FileError(path, f"contains more than {MOST_VALUES} values", remedy=_SIMPLER)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise FileError(path, f"is nested more than {DEEPEST} deep", _line(event), _SIMPLER)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(part: yaml.Node | yaml.Event) -> str:
    return str(part.start_mark.line + 1) if part.start_mark is not None else ""


def _count(path: Path, root: yaml.Node) -> None:
    """Reject a tree with too many values, counting aliases as their expansion, or one that contains itself.

    Raises:
        FileError: the tree is rejected.
    """
    sizes: dict[int, tuple[int, int]] = {}

    def measure(node: yaml.Node, above: frozenset[int]) -> tuple[int, int]:
        """Number of values, and depth."""
        key, line = id(node), _line(node)
        if key in above:
            raise FileError(path, "contains itself through an alias", line, "remove the alias (the word after *)")
        if key not in sizes:
            count, deep = 1, 0
            for part in _parts(node):
                values, depth = measure(part, above | {key})
                count, deep = count + values, max(deep, depth)
            if count > MOST_VALUES or deep >= DEEPEST:
                raise FileError(
                    path,
                    f"expands to more than {MOST_VALUES} values or {DEEPEST} levels through its aliases",
                    line,
                    _SIMPLER,
                )
            sizes[key] = count, deep + 1
        return sizes[key]

    measure(root, frozenset())


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
