"""What workers answer, checked before it becomes data."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from poseloom.infra.estimators.workers.protocol import PROTOCOL_VERSION
from poseloom.schemas.arrays import F64
from poseloom.schemas.skeleton import SKELETONS, Skeleton

_MAX_PEOPLE = 10_000


@dataclass(frozen=True)
class Hello:
    """What a worker says of itself: the skeleton of its answers and the digest of its model."""

    skeleton: Skeleton
    digest: str


def parse_hello(reply: dict[str, Any]) -> Hello:
    """The hello of a worker.

    Raises:
        ValueError: Another protocol version, an unknown skeleton, or no digest.
    """
    if reply.get("protocol") != PROTOCOL_VERSION:
        raise ValueError(f"expected protocol {PROTOCOL_VERSION}, got {reply.get('protocol')!r}")
    skeleton, digest = reply.get("skeleton"), reply.get("digest")
    if skeleton not in SKELETONS:
        raise ValueError(f"expected a skeleton of {', '.join(SKELETONS)}, got {skeleton!r}")
    if not isinstance(digest, str) or not 0 < len(digest) <= 1000:
        raise ValueError(f"expected a digest of 1 to 1000 characters, got {digest!r}"[:200])
    return Hello(SKELETONS[skeleton], digest)


def parse_people(reply: dict[str, Any], pictures: int, skeleton: Skeleton) -> list[tuple[F64, F64]]:
    """Boxes (N, 4) and keypoints (N, K, 4) for each picture; a box that was null is NaN.

    Raises:
        ValueError: Says what came instead.
    """
    answers = reply.get("people")
    if not isinstance(answers, list) or len(answers) != pictures:
        got = f"{len(answers)} lists" if isinstance(answers, list) else type(answers).__name__
        raise ValueError(f"expected a list of people for each of {pictures} pictures, got {got}")
    return [_people_of_picture(people, len(skeleton)) for people in answers]


def _people_of_picture(people: Any, k: int) -> tuple[F64, F64]:
    if not isinstance(people, list) or len(people) > _MAX_PEOPLE:
        raise ValueError(f"expected a list of at most {_MAX_PEOPLE} people, got {str(people)[:80]}")
    try:
        boxes = _numbers([person["box"] or [None] * 4 for person in people], (len(people), 4))
        keypoints = _numbers([person["keypoints"] for person in people], (len(people), k, 4))
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"expected people with a box and keypoints, got {error!r}") from error
    null = np.array([person["box"] is None for person in people], dtype=bool)
    if not np.isfinite(boxes[~null]).all() or (boxes[~null, 2:] < 0).any():
        raise ValueError(f"expected boxes [x, y, width, height] of finite numbers, got {boxes.tolist()}"[:200])
    if not np.isfinite(keypoints).all():
        raise ValueError("expected finite numbers in keypoints, got NaN, infinity or null")
    if not np.isin(keypoints[..., 2], (0, 1, 2)).all():
        raise ValueError("expected visibility 0, 1 or 2 in keypoints")
    if (keypoints[..., 3] < 0).any() or (keypoints[..., 3] > 1).any():
        raise ValueError("expected scores in 0..1 in keypoints")
    return boxes, keypoints


def _numbers(values: list[Any], shape: tuple[int, ...]) -> F64:
    if not values:
        return np.zeros(shape)
    try:
        array = np.array(values, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"expected numbers of shape {shape}, got {str(values)[:80]}") from error
    if array.shape != shape:
        raise ValueError(f"expected numbers of shape {shape}, got {array.shape}")
    return array
