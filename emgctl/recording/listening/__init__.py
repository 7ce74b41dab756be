"""What devices and programs send as numbers: lines, columns, the rate, and samples that were lost on the way."""
