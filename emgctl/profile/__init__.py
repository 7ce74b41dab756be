"""Profiles: reading, checking and editing them."""
