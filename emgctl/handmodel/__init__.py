"""The hand as emgctl knows it: its joints and their limits, where its fingertips are, and what it looks like."""
