"""Training of decoder ``contrastive``."""
