"""Nouns: what poseloom talks about. Pure data and converters; no I/O, no orchestrator."""
