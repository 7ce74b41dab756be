"""Splits, augmentation, provenance and the windows that are learned from."""
