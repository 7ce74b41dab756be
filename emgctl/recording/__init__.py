"""Recordings: emgctl's own crash-safe file, and finding the reader for any other."""
