"""The options as they reach the hand's process: with the same names, without the packages that have checked them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from emgctl_hand.options import HandOptions


def settings(values: dict[str, Any]) -> HandOptions:
    """What :meth:`HandOptions.for_process` gave, to be read like the options themselves."""
    control = values["control"]
    control["safe"] = SimpleNamespace(**control["safe"])
    control["joints"] = {drive: SimpleNamespace(**joint) for drive, joint in control["joints"].items()}
    packet = values["packet"]
    if packet is not None:
        packet = SimpleNamespace(**packet | {"fields": [SimpleNamespace(**field) for field in packet["fields"]]})
    return cast("HandOptions", SimpleNamespace(**values | {"control": SimpleNamespace(**control), "packet": packet}))
