"""Ids depend on content alone."""

import numpy as np
import pytest

from poseloom.schemas.ids import canonical_json, content_key, instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, HUMANART21


def _one(x: float = 1.0) -> Instances:
    return Instances.build(COCO17, [3], np.full((1, 17, 2), x), np.full((1, 17), 2), Source.IMPORTED, track_id=[0])


def test_canonical_json_ignores_the_order_of_keys() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode() == canonical_json({"a": "é", "b": 1})


def test_canonical_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json([float("nan")])


def test_key_tells_one_list_from_two() -> None:
    assert content_key("a", "b") != content_key(["a", "b"]) != content_key("ab")


def test_digest_changes_with_any_value_and_with_the_skeleton() -> None:
    other = Instances.build(
        HUMANART21, [3], np.full((1, 21, 2), 1.0), np.full((1, 21), 2), Source.IMPORTED, track_id=[0]
    )
    digests = {instances_digest(i) for i in (_one(), _one(1.0 + 2**-52), _one().replace(extra=("{}",)), other)}
    assert len(digests) == 4
    assert instances_digest(_one()) == instances_digest(_one())
