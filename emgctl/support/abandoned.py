"""Tracks threads that never returned."""

import threading

ABANDONED = threading.Event()
"""Set when a plugin's thread was left hanging: the process must exit without waiting for it."""
