"""Feature sets computed from windows."""
