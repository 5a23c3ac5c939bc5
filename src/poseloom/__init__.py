"""Curate human-pose video datasets: sparse corrections in, verified releases out."""

__version__ = "0.1.0"
