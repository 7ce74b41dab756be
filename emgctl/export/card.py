"""The card of a program, which travels with it: what it decodes, of which signal, and of which model it was made."""

from __future__ import annotations

import json
from typing import Any

from emgctl import __version__
from emgctl.export.program import Program


def card(program: Program) -> dict[str, Any]:
    """The card's facts: ``joints`` of poses, or ``labels``, of which the model knows the first ``probabilities``."""
    spec = program.spec
    decided = {"labels": list(program.states), "probabilities": len(program.labels), "rest": program.rest}
    return {
        "emgctl": __version__,
        "name": program.name,
        "model": program.model.sha256,
        "channels": spec.signal.channels,
        "rate_hz": spec.signal.rate_hz,
        "unit": spec.signal.unit,
        "window": spec.length,
        "hop": spec.hop,
        **(decided if program.pose is None else {"joints": list(spec.joints)}),
    }


def card_text(program: Program) -> str:
    """The card as JSON in one line."""
    return json.dumps(card(program), ensure_ascii=False)
