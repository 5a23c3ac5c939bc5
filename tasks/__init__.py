"""Verbs: retry-safe units of work, and the Ray actors that run them."""
