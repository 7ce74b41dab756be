"""Windows, filters, onsets and the quality of a signal."""
