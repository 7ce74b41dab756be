"""Warnings that figures are too good."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split

log = logging.getLogger(__name__)


def log_leaks(result: Mapping[str, Any]) -> None:
    """Log what makes a result too good, where a result that is piped elsewhere does not hide it."""
    for sentence in result["warnings"]:
        log.warning("warning: %s", sentence)


def log_leaky(split: Split) -> None:
    """Log why figures of a split are too good, if they are."""
    if split.leaks:
        log.warning("warning: split '%s': %s", split.text, split.description)
