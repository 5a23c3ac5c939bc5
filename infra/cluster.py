"""Ray and Prefect start-up: loopback, quiet, authenticated, telemetry off."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from poseloom.schemas.errors import InputError

_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}
_OBJECT_STORE_BYTES = 200 * 2**20
"""Pictures never travel through Ray; its object store carries only calls and their small results."""


def quiet_environment() -> None:
    """Defaults for Prefect and Ray that nobody else set; call before either is imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


@contextmanager
def ray_cluster(address: str | None, workers: int) -> Iterator[None]:
    """Ray for the length of the block: a private one on this machine, or an existing cluster.

    A Ray that this process already uses is used as it is and left running.

    Args:
        address: None for a private Ray of `workers` CPUs; else a Ray address such as ``"auto"``.
        workers: CPUs of the private Ray.

    Raises:
        InputError: No cluster answers at the address.
    """
    quiet_environment()
    import ray

    if ray.is_initialized():
        yield
        return
    common: dict[str, Any] = {"namespace": "poseloom", "logging_level": logging.ERROR, "log_to_driver": False}
    if address is None:
        ray.init(
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            **common,
        )
    else:
        try:
            ray.init(address=address, **common)
        except (ConnectionError, ValueError) as error:
            raise InputError(f"expected a Ray cluster at {address!r}, got: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()
