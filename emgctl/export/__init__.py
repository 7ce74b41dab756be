"""A profile's decoder as a C program: docs/export.md."""
