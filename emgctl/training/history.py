"""Learning curves: values per epoch, by name."""

History = dict[str, list[float]]
"""The values of each curve, by its name, one an epoch."""
