"""Fits a population from recordings of many people; needs no torch."""
