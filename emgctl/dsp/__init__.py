"""Signal processing: windows, filters, onsets and signal quality."""
