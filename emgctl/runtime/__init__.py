"""Everything involved in a live run: the loop, its input and outputs, and the safety rules."""
