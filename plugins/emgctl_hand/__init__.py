"""Output ``hand`` and the virtual hands.

Classes are imported on first use: the hand process uses parts of this package and must start without the rest of
emgctl (hence the hook marker is created here; it is the same as that of :mod:`emgctl.hookspecs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from emgctl.plugin import Output, Simulator

hookimpl = pluggy.HookimplMarker("emgctl")


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    from emgctl_hand.hand import Hand

    return [Hand]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual hands."""
    from emgctl_hand.simulator import HandSimulator

    return [HandSimulator]
