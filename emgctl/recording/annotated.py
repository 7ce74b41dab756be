"""How emgctl writes labels, repetitions and lost samples as annotations, in EDF+ files and MNE's."""

from __future__ import annotations

import re

WRITER = "emgctl"
"""The equipment that files of ours name: only in those are numbers behind a slash repetitions."""

LOST = "BAD_lost"
"""Samples that were lost; MNE leaves out what is annotated as BAD."""

_REPEATED = re.compile(r"(.+)/(\d{1,5})", re.DOTALL)


def joined(label: str, repetition: int) -> str:
    """``label/repetition``, from which MNE selects either; ``label`` alone where no repetition is counted."""
    return label if repetition < 0 else f"{label}/{repetition}"


def parted(text: str) -> tuple[str, int | None]:
    """What :func:`joined` joined; the repetition is None where there is none."""
    found = _REPEATED.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, None)
