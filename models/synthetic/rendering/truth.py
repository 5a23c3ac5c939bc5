"""Exact labels of what the depth buffer shows."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.bodies import POINTS
from poseloom.models.synthetic.rendering.camera import NEAR_M, View
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, Canvas
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.people import Placed
from poseloom.models.synthetic.scene import BYSTANDER, Actor
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source

_TOUCHING_M = 0.01
"""Something else must be nearer than a keypoint by this to hide it; a sole's floor does not."""


@dataclass(frozen=True, eq=False)
class _Row:
    """One person's labels: pixels, flags and xywh boxes."""

    track_id: int
    xy: F64
    visibility: U8
    box: F64
    head: F64


def people_in(
    canvas: Canvas, view: View, frame_index: int, actors: tuple[Actor, ...], placed: list[Placed], seen: list[F64]
) -> Instances:
    """All annotated people who reach into the picture, sorted by track id.

    A keypoint is visible (2) where the nearest surface at its pixel is the person's own and in front of
    it by no more than `Body.depth`, or where nothing is in front of it; hidden (1) where another person,
    a thing or a farther part of their own body is; unlabelled (0) outside the picture. Boxes are the
    extent of the whole body, hidden parts included, cut at the picture's border; head boxes are the
    extent of the head, not cut, since its size is a yardstick.

    Args:
        canvas: The drawn scene; `owner` is the index of the actor.
        view: The camera that drew it.
        frame_index: Frame that the rows get.
        actors: Everyone.
        placed: Everyone at the moment that was drawn.
        seen: (V, 3) camera-space vertices of everyone.
    """
    rows = [
        row
        for owner, (actor, where, vertices) in enumerate(zip(actors, placed, seen, strict=True))
        if actor.track_id != BYSTANDER and (row := _row(canvas, view, owner, actor, where, vertices))
    ]
    rows.sort(key=lambda row: row.track_id)
    if not rows:
        return Instances.empty(POINTS)
    return Instances.build(
        POINTS,
        np.full(len(rows), frame_index),
        np.stack([row.xy for row in rows]),
        np.stack([row.visibility for row in rows]),
        Source.IMPORTED,
        track_id=np.array([row.track_id for row in rows]),
        bbox_xywh=np.stack([row.box for row in rows]),
        head_xywh=np.stack([row.head for row in rows]),
    )


def _row(canvas: Canvas, view: View, owner: int, actor: Actor, placed: Placed, vertices: F64) -> _Row | None:
    box = _cut(_extent(view, vertices), view)
    if not (box[2:] > 0).all():
        return None
    seen = view.seen(placed.points)
    in_front = seen[:, 2] >= NEAR_M
    xy = np.zeros((len(seen), 2))
    xy[in_front] = view.pixels(seen[in_front])
    inside = in_front & ((xy >= 0) & (xy < (view.width, view.height))).all(axis=1)
    column, row = (xy[inside] * OVERSAMPLING).astype(int).T
    surface = 1 / np.maximum(canvas.nearness[row, column], 1e-9)
    cover = np.where(canvas.owner[row, column] == owner, actor.body.depth[inside], _TOUCHING_M)
    visibility = np.zeros(len(xy), np.uint8)
    visibility[inside] = np.where(seen[inside, 2] - surface <= cover, 2, 1)
    return _Row(actor.track_id, xy, visibility, box, _extent(view, view.seen(placed.head)))


def _extent(view: View, seen: F64) -> F64:
    """(4,) xywh around the camera-space points in front of the camera; NaN where there is none."""
    low, high = _slopes(seen)
    if low[0] > high[0]:
        return np.full(4, np.nan)
    corner = view.focal * low + (view.width / 2, view.height / 2)
    return np.concatenate([corner, view.focal * (high - low)])


@compiled
def _slopes(seen: F64) -> tuple[F64, F64]:
    """Least and greatest x/z and y/z of the points in front of the camera."""
    low, high = np.full(2, 1e18), np.full(2, -1e18)
    for i in range(len(seen)):
        if seen[i, 2] >= NEAR_M:
            for axis in range(2):
                slope = seen[i, axis] / seen[i, 2]
                low[axis], high[axis] = min(low[axis], slope), max(high[axis], slope)
    return low, high


def _cut(box: F64, view: View) -> F64:
    """The part of an xywh box inside the picture."""
    size = (view.width, view.height)
    low, high = np.clip(box[:2], 0, size), np.clip(box[:2] + box[2:], 0, size)
    return np.concatenate([low, high - low])
