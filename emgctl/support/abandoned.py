"""What a program remembers of threads that never came back."""

import threading

ABANDONED = threading.Event()
"""Set when a plugin's thread was left hanging: the process must end without waiting for it."""
