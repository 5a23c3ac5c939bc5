"""Orchestration only: names, order, retries. No arrays and no storage paths."""

from poseloom.infra.cluster import quiet_environment

quiet_environment()  # Ray and Prefect read their environment once, when they are imported
