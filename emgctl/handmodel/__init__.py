"""The hand model: joints and their limits, positions of the fingertips, and drawings."""
