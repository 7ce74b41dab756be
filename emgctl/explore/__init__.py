"""Looking at recordings: pages, plots, spectra and embeddings."""
