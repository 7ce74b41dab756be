"""Training of decoder ``pose``: networks that predict joint angles step by step, without looking ahead."""
