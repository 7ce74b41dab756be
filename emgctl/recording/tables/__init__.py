"""Tables of numbers in text files: their lines, their head, and their values."""
