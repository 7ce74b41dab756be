"""Drawings and videos of a hand."""
