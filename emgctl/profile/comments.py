"""Comments of a YAML text: where they are, and putting back those that an edit has lost.

ruamel.yaml keeps what belongs to a line of its own, but not every comment in a list or section that is written in
brackets over several lines, nor those of what was replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import yaml

Path = tuple[str | int, ...]
_NO_CONTENT = (yaml.BlockEndToken, yaml.StreamStartToken, yaml.StreamEndToken)


def with_comments(text: str, edited: str, dropped: Path | None = None) -> str:
    """``edited`` with the comments of ``text`` that it has lost, except those on the lines of what was ``dropped``.

    A comment that had a line of its own is put above the next key, another one above the key that it was in.
    """
    keys, there = dict(_keys(text)), dict(_keys(edited))
    gone = _lines(text, keys, dropped) if dropped in keys else range(0)
    have = Counter(words for _, words in comments(edited))
    lost = []
    for place, words in comments(text):
        have[words] -= 1
        if have[words] < 0 and place not in gone:
            lost.append((_target(text, place, keys, there, len(edited)), words))
    pieces, done = [], 0
    for target, words in sorted(lost, key=lambda one: one[0]):  # stable: the order of those for the same key stays
        begin = edited.rfind("\n", 0, target) + 1
        pieces += [edited[done:begin], " " * (target - begin), words, "\n"]
        done = begin
    return "".join([*pieces, edited[done:]])


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Every comment with the place of its ``#``: they stand between the tokens of YAML."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        begin = token.start_mark.index
        yield from _comments_between(text, end, begin)
        end = token.end_mark.index
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):  # its first line may have one, too
            yield from _comments_between(text, begin, begin + len(text[begin:end].partition("\n")[0]))
    yield from _comments_between(text, end, len(text))


def _comments_between(text: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    for line in text[begin:end].splitlines(keepends=True):
        before, sign, _ = line.partition("#")
        if sign:
            yield begin + len(before), line[len(before) :].rstrip()
        begin += len(line)


def _target(text: str, place: int, keys: dict[Path, int], there: dict[Path, int], end: int) -> int:
    """The place in the edited text of the key above which a comment is to stand."""
    alone = not text[text.rfind("\n", 0, place) + 1 : place].strip()
    known = [(at, there[path]) for path, at in keys.items() if path in there]
    if alone:
        return min(((at, new) for at, new in known if at > place), default=(0, end))[1]
    return max(((at, new) for at, new in known if at < place), default=(0, 0))[1]


def _keys(text: str) -> Iterator[tuple[Path, int]]:
    """Each key that begins its line, with its place; not what aliases lead to."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    waiting: list[tuple[Path, yaml.Node | None]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                begin = key.start_mark.index
                if isinstance(key, yaml.ScalarNode) and value.start_mark.index >= begin:
                    if not text[text.rfind("\n", 0, begin) + 1 : begin].strip():
                        yield (*path, key.value), begin
                    waiting.append(((*path, key.value), value))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [
                ((*path, number), one)
                for number, one in enumerate(node.value)
                if one.start_mark.index >= node.start_mark.index
            ]


def _lines(text: str, keys: dict[Path, int], path: Path) -> range:
    """The places of the lines that a key and its value are on."""
    begin = keys[path]
    after = [at for other, at in keys.items() if at > begin and other[: len(path)] != path]
    end = max(
        token.start_mark.index + len(text[token.start_mark.index : token.end_mark.index].rstrip())
        for token in yaml.scan(text, Loader=yaml.SafeLoader)
        if begin <= token.start_mark.index < min(after, default=len(text)) and not isinstance(token, _NO_CONTENT)
    )
    line_end = text.find("\n", end)
    return range(begin, len(text) if line_end < 0 else line_end)
