"""Checks of the samples before they are decoded."""
