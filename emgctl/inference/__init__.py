"""Models, and the processing between their outputs and a decision."""
