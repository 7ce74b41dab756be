"""Classifiers of gestures."""
