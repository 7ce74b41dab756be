"""Readers of recordings: emgctl's own file (``native``), and those of other programs (``readers``)."""
