"""Guided calibration: prompts, a labelled recording, a model and a profile that names it."""
