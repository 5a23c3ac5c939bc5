"""Drawing the people of one frame."""

import numpy as np

from poseloom.infra.overlay.marks import mark, stroke, tag
from poseloom.infra.overlay.palette import INK, WHITE, Colour, mix, text_on, track_colour
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton

_SHORT_SIDE = 540
"""Strokes have their nominal width on a canvas with this short side."""
_PERSON_HEIGHT = 240
"""People smaller than this (at nominal size) get thinner strokes, so that these do not cover them."""
LEFT_TINT, RIGHT_SHADE = 0.55, 0.4
_LIMB, _MARK, _TEXT = 3.0, 4.0, 13.5


def stroke_unit(width: int, height: int) -> float:
    """Width of a nominal one-pixel stroke on a canvas of that size."""
    return max(min(width, height) / _SHORT_SIDE, 0.6)


def side_colour(skeleton: Skeleton, keypoint: int, colour: Colour) -> Colour:
    """The track's colour, lightened on the person's left side and darkened on the right."""
    name = skeleton.keypoints[keypoint]
    if name.startswith("left_"):
        return mix(colour, WHITE, LEFT_TINT)
    return mix(colour, INK, RIGHT_SHADE) if name.startswith("right_") else colour


def draw_people(canvas: U8, people: Instances, scale: float) -> None:
    """Draw all rows of one frame onto an RGB canvas that shows the picture at that scale."""
    unit = stroke_unit(canvas.shape[1], canvas.shape[0])
    # Pixel centres lie at .5 in label coordinates and at integers in OpenCV's.
    xy, boxes = people.keypoints_xy * scale - 0.5, people.bbox_xywh * scale
    for row in range(len(people)):
        colour = track_colour(int(people.track_id[row]))
        _draw_box(canvas, boxes[row], colour, unit)
        _draw_name(canvas, int(people.track_id[row]), xy[row][people.visibility[row] > 0], boxes[row], colour, unit)
    for row in range(len(people)):
        _draw_body(canvas, people, row, xy[row], unit)


def _draw_body(canvas: U8, people: Instances, row: int, xy: F64, unit: float) -> None:
    colour = track_colour(int(people.track_id[row]))
    shown = people.visibility[row] > 0
    slight = unit * _slightness(xy[shown] / unit)
    _draw_limbs(canvas, people, row, xy, colour, slight)
    for k in np.flatnonzero(shown):
        source = Source(int(people.source[row, k]))
        small = 0.8 if source in (Source.PROPAGATED, Source.PREDICTED) else 1.0
        hollow = bool(people.visibility[row, k] == 1)
        mark(canvas, xy[k], source, hollow, side_colour(people.skeleton, int(k), colour), _MARK * slight * small)


def _slightness(xy: F64) -> float:
    """Factor on stroke widths; 1 where one keypoint alone says nothing about the person's size."""
    if len(xy) < 2:
        return 1.0
    return min(max(float(np.ptp(xy, axis=0).max()) / _PERSON_HEIGHT, 0.4), 1.0)


def _draw_limbs(canvas: U8, people: Instances, row: int, xy: F64, colour: Colour, unit: float) -> None:
    visibility = people.visibility[row]
    limbs = [(a, b) for a, b in people.skeleton.limbs if visibility[a] and visibility[b]]
    for edge in (True, False):
        for a, b in limbs:
            width = _LIMB * unit * (1.0 if visibility[a] == visibility[b] == 2 else 0.5)
            ink = INK if edge else _limb_colour(people.skeleton, a, b, colour)
            stroke(canvas, xy[a], xy[b], ink, width + (2 * unit if edge else 0))


def _limb_colour(skeleton: Skeleton, a: int, b: int, colour: Colour) -> Colour:
    """A limb between two sides, or on none, has the track's own colour."""
    sides = {skeleton.keypoints[k].partition("_")[0] for k in (a, b)} & {"left", "right"}
    if len(sides) != 1:
        return colour
    return side_colour(skeleton, a if skeleton.keypoints[a].startswith(sides.pop()) else b, colour)


def _draw_box(canvas: U8, box: F64, colour: Colour, unit: float) -> None:
    if not np.isfinite(box).all():
        return
    left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    corners = [np.array(point) for point in ((left, top), (right, top), (right, bottom), (left, bottom))]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        stroke(canvas, start, end, colour, unit)


def _draw_name(canvas: U8, track_id: int, xy: F64, box: F64, colour: Colour, unit: float) -> None:
    if np.isfinite(box).all():
        at = box[:2]
    elif len(xy):
        at = xy.min(axis=0) - 2 * _MARK * unit
    else:
        return
    text = "?" if track_id == UNLINKED else str(track_id)
    tag(canvas, text, np.nan_to_num(np.clip(at, -1e6, 1e6)), colour, text_on(colour), _TEXT * unit)
