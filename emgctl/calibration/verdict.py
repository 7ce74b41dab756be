"""How good a calibrated model is, in a word."""

GOOD, USABLE = 0.95, 0.85  # balanced accuracy on what the model has not seen


def verdict(share: float) -> str:
    """A word for a balanced accuracy."""
    return "good" if share >= GOOD else "usable" if share >= USABLE else "not good enough to rely on"
