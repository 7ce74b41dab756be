"""Features of windows."""
