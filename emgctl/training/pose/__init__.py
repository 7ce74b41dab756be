"""Training of decoder ``pose``: networks that turn a signal into joint angles step by step, without looking ahead."""
