"""The form of ``emgctl train`` before it had a command for each kind: ``emgctl train DATA... --decoder KIND``."""

from __future__ import annotations

from collections.abc import Sequence

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


def in_new_form(words: Sequence[str]) -> list[str]:
    """The same command in the form of today, the kind of decoder first."""
    kind, new, rest = "classifier", list[str](), list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            new += [word, *rest]
            break
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not name.startswith("-") or name == "-" or name in _FLAGS:
            new += ["--set", "report=no"] if name == "--no-report" else [_RENAMED.get(name, word)]
            continue
        if name.startswith("-o") and name != "-o" and not name.startswith("--"):  # -oFILE
            new.append(word)
            continue
        if not equals:
            if not rest:
                new.append(_RENAMED.get(name, name))
                break
            value = rest.pop(0)
        if name == "--decoder":
            kind = value
        elif name == "--recipe" and value == PUBLISHED:
            kind = PUBLISHED
        elif name in _SET:
            new += ["--set", f"{_SET[name]}={value}"]
        else:
            new += [_RENAMED.get(name, name), FORMER_MODELS.get(value, value) if name == "--model" else value]
    return [kind, *new]
