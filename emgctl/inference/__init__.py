"""Models and what happens between their answers and a decision."""
