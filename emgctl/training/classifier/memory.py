"""How much memory a classifier's training takes, and the features that fit into what is free."""

from __future__ import annotations

import logging

from emgctl.errors import UsageError
from emgctl.support.free_memory import SHARE, allowed_bytes, size_text
from emgctl.training.classifier.model_zoo import MODELS
from emgctl.training.features.feature_sets import SETS

log = logging.getLogger(__name__)
LIGHTER = ("hudgins", "tdpsd", "ar", "log_rms")
"""Sets whose features grow with the channels and not with their pairs, in the order in which they are tried."""

WINDOWS, TABLES, COVARIANCES, NETWORKS = 3, 6, 5, 4
"""How often windows, features, a discriminant's covariance and a network's weights are in memory at once."""

TESTED, STEPS = 256, 10  # windows whose rounding is found in double precision, and the arrays that this takes


def needed_bytes(model: str, features: str, count: int, length: int, channels: int) -> int:
    """About what fitting a model to ``count`` windows ``(length, channels)`` takes at its largest.

    ``features`` replace the model's own, "" for those. Peaks measured with 16 to 128 channels were 0.7 to 1.2
    times that; a discriminant of 3000 features had 5.0 matrices of them at once.
    """
    kind = MODELS[model]
    windows = WINDOWS * 4 * count * length * channels + STEPS * 8 * min(count, TESTED) * length * channels
    widths = [
        SETS[features or kind.features or head.partition(":")[2]].size(length, channels) for head in kind.heads
    ]  # fmt: skip
    tables = TABLES * 4 * count * sum(set(widths)) + STEPS * 8 * min(count, TESTED) * max(widths)
    heads = [
        COVARIANCES * 8 * width**2
        if head.startswith("lda")
        else NETWORKS * 4 * width * (kind.schedule.hidden or (1,))[0]
        for head, width in zip(kind.heads, widths, strict=True)
    ]
    return windows + tables + max(heads)


def fits(model: str, features: str, count: int, length: int, channels: int) -> bool:
    """Whether that is at most a quarter of the memory that is free."""
    return needed_bytes(model, features, count, length, channels) <= allowed_bytes()


def affordable(model: str, features: str, count: int, length: int, channels: int, free_choice: bool) -> str:
    """The features to fit a model with: those that are asked for ("": the model's own), or lighter ones.

    Lighter ones are taken only if the choice is free, with a message.

    Raises:
        UsageError: it would take more than a quarter of the free memory; with what to choose instead.
    """
    if fits(model, features, count, length, channels):
        return features
    needed, most = needed_bytes(model, features, count, length, channels), allowed_bytes()
    own = MODELS[model].features
    what = f"features '{features or own}'" if features or own else f"model '{model}'"
    reason = (
        f"{what} of {channels} channels would need about {size_text(needed)} of memory, more than a quarter of the "
        f"{size_text(SHARE * most)} that are free"
    )
    lighter = [one for one in LIGHTER if own not in ("", "raw") and fits(model, one, count, length, channels)]
    if free_choice and lighter:
        log.warning("%s: '%s' are taken instead", reason, lighter[0])
        return lighter[0]
    if lighter:
        raise UsageError(f"{reason}; choose lighter ones with --set features={lighter[0]}, or decoder grid for a grid")
    others = [one for one in MODELS if MODELS[one].features not in ("", "raw")
              and any(fits(one, light, count, length, channels) for light in LIGHTER)]  # fmt: skip
    if others:
        raise UsageError(f"{reason}; choose --model {others[0]}, which takes lighter features")
    raise UsageError(
        f"{reason}; take fewer windows with a longer --hop-ms, fewer channels with --columns, or less data"
    )
