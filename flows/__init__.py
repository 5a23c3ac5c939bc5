"""Orchestration only: names, order, retries. No arrays and no storage paths."""
