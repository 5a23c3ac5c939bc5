"""Deterministic ids and content keys."""

import hashlib
import json
from typing import Any

import numpy as np

from poseloom.schemas.instances import Instances

TRACK_ID_LIMIT = 1 << 20
"""Track ids lie in [-1, limit): an instance id packs frame index and track id into one int64."""


def content_digest(data: bytes) -> str:
    """SHA-256 of the bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(document: Any) -> bytes:
    """The one byte string of a JSON document: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def content_key(*parts: Any) -> str:
    """Key of an output that is a function of JSON-able inputs: 32 hex digits."""
    return content_digest(canonical_json(parts))[:32]


def instances_digest(instances: Instances) -> str:
    """Digest of all values of the instances, independent of any file format's bytes."""
    digest = hashlib.sha256(instances.skeleton.name.encode())
    for name, values in vars(instances).items():
        if isinstance(values, np.ndarray):
            digest.update(f"{name}{values.shape}".encode())
            digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
    digest.update(canonical_json(instances.extra))
    return digest.hexdigest()
