"""emgctl turns muscle signals (surface EMG) into control.

The architecture is described in ARCHITECTURE.md; the three values that travel through it are in :mod:`emgctl.types`.
"""

__version__ = "0.2.0"
