"""Splits, augmentation, provenance and the windows that are learnt from."""
