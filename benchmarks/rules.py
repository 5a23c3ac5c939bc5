"""Row verdicts of all rules on a million instances, on two cores."""

import time

import numpy as np

from poseloom.models.rules import verdicts
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.rules import RuleSet
from poseloom.schemas.skeleton import COCO17

ROWS, PEOPLE, TRACK_LENGTH, REPEATS = 1_000_000, 4, 1_000, 3


def crowd(rows: int) -> Instances:
    """Four people a frame in tracks of a thousand frames, sorted by frame and track id."""
    rng = np.random.default_rng(1)
    frame = np.arange(rows) // PEOPLE
    person = np.arange(rows) % PEOPLE
    centre = np.stack([200 + 350 * person + 80 * np.sin(frame / 90 + person), np.full(rows, 540.0)], axis=1)
    body = rng.uniform((-60, -150), (60, 150), (PEOPLE, 17, 2))
    xy = centre[:, None] + body[person] + rng.normal(0, 2, (rows, 17, 2))
    return Instances.build(
        COCO17,
        frame,
        xy,
        rng.choice(np.array([0, 1, 2, 2, 2, 2], np.uint8), (rows, 17)),
        Source.PROPAGATED,
        track_id=frame // TRACK_LENGTH * PEOPLE + person,
        sharpness=rng.uniform(0, 200, rows),
    )


def measure() -> dict[str, float]:
    """Best of several."""
    instances = crowd(ROWS)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        verdicts(instances, 1920, 1080, RuleSet())
        seconds.append(time.perf_counter() - start)
    return {"row verdicts of all rules on 1M instances, s": min(seconds)}
