"""How good a calibrated model is, in a word, and whether it is of any use."""

GOOD, USABLE = 0.95, 0.85  # balanced accuracy on what the model has not seen
FAILED = 0.6  # of the way from guessing to always right; 0.5 is a fist and an open hand that are the same to it


def verdict(share: float) -> str:
    """A word for a balanced accuracy."""
    return "good" if share >= GOOD else "usable" if share >= USABLE else "not good enough to rely on"


def has_failed(share: float, classes: int) -> bool:
    """Whether a balanced accuracy is hardly better than a guess among so many classes, or NaN."""
    guess = 1 / classes
    return not share >= guess + FAILED * (1 - guess)
