"""The review queue in SQLite or Postgres."""

from poseloom.infra.queue.open import open_queue

__all__ = ["open_queue"]
