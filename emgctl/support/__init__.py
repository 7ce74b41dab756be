"""Small helpers without EMG-specific knowledge."""
