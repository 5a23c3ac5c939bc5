"""The stages of a run: shard-wise, idempotent functions from stored inputs to one stored output each."""
