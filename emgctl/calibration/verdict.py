"""How good a calibrated model is, in a word, and whether it is of any use."""

GOOD, USABLE = 0.95, 0.85  # balanced accuracy on what the model has not seen
LEAST = 0.5  # of the way from a guess to all right, below which a calibration has failed


def verdict(share: float) -> str:
    """A word for a balanced accuracy."""
    return "good" if share >= GOOD else "usable" if share >= USABLE else "not good enough to rely on"


def has_failed(share: float, classes: int) -> bool:
    """Whether a balanced accuracy is hardly better than a guess among so many classes."""
    guess = 1 / classes
    return share < guess + LEAST * (1 - guess)
