"""Exploring recordings: pages, plots, spectra and embeddings."""
