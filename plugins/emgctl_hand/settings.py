"""Options as received by the hand process: same names, without the packages that validated them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from emgctl_hand.options import HandOptions


def settings(values: dict[str, Any]) -> HandOptions:
    """The result of :meth:`HandOptions.for_process`, with the same attributes as the options."""
    control = values["control"]
    control["safe"] = SimpleNamespace(**control["safe"])
    control["joints"] = {drive: SimpleNamespace(**joint) for drive, joint in control["joints"].items()}
    packet = values["packet"]
    if packet is not None:
        packet = SimpleNamespace(**packet | {"fields": [SimpleNamespace(**field) for field in packet["fields"]]})
    return cast("HandOptions", SimpleNamespace(**values | {"control": SimpleNamespace(**control), "packet": packet}))
