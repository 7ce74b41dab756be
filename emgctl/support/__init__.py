"""Small helpers that know nothing of muscles."""
