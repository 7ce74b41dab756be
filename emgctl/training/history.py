"""Learning curves."""

History = dict[str, list[float]]
"""The values of each curve, by its name, one an epoch."""
