"""The Python API: what scripts and notebooks call. Its names are imported from :mod:`emgctl` itself."""
