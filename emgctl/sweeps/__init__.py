"""Sweeps: every model on every person and fold of data sets, as processes of this computer or jobs of a cluster."""
