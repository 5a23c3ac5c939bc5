"""Every claim about speed, memory and accuracy, measured against its declared bar: ``python -m benchmarks``."""
