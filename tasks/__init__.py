"""Verbs: retry-safe units of work, and the Ray actors that run them."""

from poseloom.infra.cluster import quiet_environment

quiet_environment()  # Ray and Prefect read their environment once, when they are imported
