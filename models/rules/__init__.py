"""Verdicts: which rules each instance passes, one boolean column a rule."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from poseloom.models.rules import frame, instance, track
from poseloom.models.rules.block import Block
from poseloom.schemas.arrays import Bool
from poseloom.schemas.instances import Instances
from poseloom.schemas.rules import RuleSet

__all__ = ["verdicts"]

_BLOCK = 8192
"""Rows at a time: their keypoints fit into a core's cache."""

_BY_BLOCK: dict[str, Callable[[Block, Any], Bool]] = {
    "visible_keypoints": instance.visible_keypoints,
    "sharpness": instance.sharpness,
    "scale": instance.scale,
    "in_image": instance.in_image,
    "box": instance.box,
    "limb_length": track.limb_length,
    "velocity": track.velocity,
    "flip": track.flip,
    "track_gap": track.track_gap,
}

_BY_FRAME: dict[str, Callable[[Instances, Any], Bool]] = {
    "unique_track": frame.unique_track,
    "duplicate": frame.duplicate,
}


def verdicts(instances: Instances, width: int, height: int, rules: RuleSet) -> pa.Table:
    """Judge every instance of one video.

    Args:
        instances: N instances in any order.
        width: Picture width in pixels.
        height: Picture height in pixels.
        rules: The rules; those that are off have no column.

    Returns:
        N rows in the instances' order: boolean `rule_<name>`, True where the instance passes, and
        `keep`, True where it passes every rule whose action is drop.
    """
    active = rules.named("drop", "warn")
    framewise = [name for name in active if name in _BY_FRAME]
    passes: dict[str, Bool] = {}
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        by_frame = {name: pool.submit(_BY_FRAME[name], instances, getattr(rules, name)) for name in framewise}
        passes |= _by_block(pool, instances, (width, height), rules, [name for name in active if name in _BY_BLOCK])
        passes |= {name: verdict.result() for name, verdict in by_frame.items()}
    keep = np.ones(len(instances), bool)
    for name in rules.named("drop"):
        keep &= passes[name]
    return pa.table({f"rule_{name}": passes[name] for name in active} | {"keep": keep})


def _by_block(
    pool: ThreadPoolExecutor, instances: Instances, size: tuple[int, int], rules: RuleSet, names: list[str]
) -> dict[str, Bool]:
    n = len(instances)
    passes = {name: np.empty(n, bool) for name in names}
    tracks = track.follow(instances)

    def judge(start: int) -> None:
        block = Block(instances, tracks, start, min(start + _BLOCK, n), *size)
        for name in names:
            passes[name][block.rows] = _BY_BLOCK[name](block, getattr(rules, name))

    list(pool.map(judge, range(0, n, _BLOCK)))
    return passes
