"""The form of ``emgctl train`` before it had a command for each kind: ``emgctl train DATA... --decoder KIND``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Self

from emgctl.inference.model_card import FORMER_MODELS

_RENAMED = {
    "--without": "--exclude-label",
    "--guard": "--reaction-guard",
    "--wraps": "--grid-wraps-around",
    "--turns": "--augment-rotation",
    "--finetune": "--start",
}
_SET = {one: one.removeprefix("--") for one in ("--features", "--budget", "--width", "--final", "--seed", "--exclude")}
_FLAGS = ("--wraps", "--tracking", "--no-report", "-h", "--help")
PUBLISHED = "contrastive-prosthetics"


@dataclass(frozen=True, slots=True)
class NewForm:
    """A command in the form of today: the kind of decoder and its parts, each a file or an option with its value."""

    kind: str
    parts: tuple[tuple[str, ...], ...]

    def words(self) -> list[str]:
        """The words of the command, the kind first."""
        return [self.kind, *chain.from_iterable(self.parts)]

    def fitting(self, options: Collection[str], keys: Collection[str]) -> Self:
        """The command without what is neither among the kind's ``options`` nor among its ``keys`` of ``--set``."""

        def fits(part: tuple[str, ...]) -> bool:
            word = part[0]
            if word == "--set":
                return part[1].partition("=")[0] in keys
            if word.startswith("--"):
                return any(option.startswith(word) for option in options)  # click completes the beginning of a name
            return not word.startswith("-") or word[:2] in options or word == "-"

        return replace(self, parts=tuple(part for part in self.parts if fits(part)))


def in_new_form(words: Sequence[str]) -> NewForm:
    """The same command in the form of today."""
    kind, new, rest = "classifier", list[tuple[str, ...]](), list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            new.append((word, *rest))
            break
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not name.startswith("-") or name == "-" or name in _FLAGS:
            new.append(("--set", "report=no") if name == "--no-report" else (_RENAMED.get(name, word),))
            continue
        if name.startswith("-o") and name != "-o" and not name.startswith("--"):  # -oFILE
            new.append((word,))
            continue
        if not equals:
            if not rest:
                new.append((_RENAMED.get(name, name),))
                break
            value = rest.pop(0)
        if name == "--decoder":
            kind = value
        elif name == "--recipe" and value == PUBLISHED:
            kind = PUBLISHED
        elif name in _SET:
            new.append(("--set", f"{_SET[name]}={value}"))
        else:
            new.append((_RENAMED.get(name, name), FORMER_MODELS.get(value, value) if name == "--model" else value))
    return NewForm(kind, tuple(new))
