"""Any model in any environment, behind a command that speaks the protocol of `workers/protocol.py`.

Options: ``command`` (program and arguments, split as a shell would, run without one), ``batch``
(pictures in one request, default 1), ``timeout`` (seconds for one request, default 60),
``start_timeout`` (seconds to start and again to load the model, default 120), ``retries`` (default 2).
"""

import shlex
from collections.abc import Mapping

from poseloom.infra.estimators._client import WorkerClient, WorkerSpec
from poseloom.infra.estimators._external import ExternalEstimator
from poseloom.infra.estimators._options import number, whole_number, with_defaults
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ids import content_key
from poseloom.schemas.ports import EstimatorInfo

_DEFAULTS = {"command": "", "batch": "1", "timeout": "60", "start_timeout": "120", "retries": "2"}


def describe(options: Mapping[str, str]) -> EstimatorInfo:
    """Identity, asked of the worker: it says hello before it loads its model.

    The digest covers what the worker says of itself and the command, so a worker must change its own
    digest with its weights and code.
    """
    spec = _spec(options)
    client = WorkerClient("external", spec)
    try:
        hello = client.hello()
    finally:
        client.close()
    digest = content_key("external", list(spec.command), spec.batch_size, hello.digest)
    return EstimatorInfo(name="external", skeleton=hello.skeleton, digest=digest)


def create(options: Mapping[str, str]) -> ExternalEstimator:
    """The estimator, with its worker running."""
    return ExternalEstimator(describe(options), _spec(options))


def _spec(options: Mapping[str, str]) -> WorkerSpec:
    given = with_defaults("external", options, _DEFAULTS)
    try:
        command = tuple(shlex.split(given["command"]))
    except ValueError as error:
        raise EstimatorError(f"expected command to be a command line, got {given['command']!r}: {error}") from error
    if not command:
        raise EstimatorError("expected the option command='PROGRAM ARGUMENTS' of the estimator external, got none")
    return WorkerSpec(
        command=command,
        batch_size=whole_number(given, "batch", 1, 1024),
        timeout_s=number(given, "timeout", 0.01, 86400),
        start_timeout_s=number(given, "start_timeout", 0.01, 86400),
        retries=whole_number(given, "retries", 0, 100),
    )
