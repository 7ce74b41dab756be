"""Pictures and movies of a hand."""
