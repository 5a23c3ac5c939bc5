"""Truth and predictions of one frame in one picture."""

import numpy as np

from poseloom.infra.overlay.canvas import scaled
from poseloom.infra.overlay.marks import stroke
from poseloom.infra.overlay.palette import INK, WHITE, Colour
from poseloom.infra.overlay.people import draw_people, stroke_unit
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.instances import Instances

BLANK: Colour = (74, 80, 90)
"""Ground on which both sides show where there is no picture."""

_WIDTH, _HEIGHT = 960, 720
_MAX_ENLARGEMENT = 3.0
_LIMB, _DOT = 1.6, 2.6
_MARGIN = 1.08
_FAR = 1.5


def compared_picture(image: U8, truth: Instances, predicted: Instances) -> U8:
    """RGB canvas of at most 960 × 720 pixels with the predictions over the truth.

    The predictions have the colours of their tracks, the truth is thin and white.

    Args:
        image: (H, W, 3) uint8 RGB picture of the frame.
        truth: Its people, at the picture's coordinates.
        predicted: What was predicted there.
    """
    scale = min(_WIDTH / image.shape[1], _HEIGHT / image.shape[0], _MAX_ENLARGEMENT)
    canvas = scaled(image, scale)
    unit = stroke_unit(canvas.shape[1], canvas.shape[0])
    for row in range(len(truth)):
        _draw_thin(canvas, truth, row, truth.keypoints_xy[row] * scale - 0.5, unit)
    draw_people(canvas, predicted, scale)
    return canvas


def blank_picture(truth: Instances, predicted: Instances) -> U8:
    """An empty picture that reaches from the origin a little beyond the truth's people.

    Predictions widen it up to half as much again: one that is far off does not make the others tiny.
    """
    reach = _reach(truth)
    width, height = np.clip(np.maximum(_reach(predicted), reach), 16, np.maximum(reach * _FAR, 16))
    image = np.empty((int(height * _MARGIN), int(width * _MARGIN), 3), np.uint8)
    image[:] = BLANK
    return image


def _reach(people: Instances) -> F64:
    """(2,) largest x and y of the labelled keypoints and boxes."""
    corners = np.nan_to_num(people.bbox_xywh[:, :2] + people.bbox_xywh[:, 2:])
    return np.asarray(np.concatenate([people.keypoints_xy[people.visibility > 0], corners]).max(axis=0, initial=0.0))


def _draw_thin(canvas: U8, people: Instances, row: int, xy: F64, unit: float) -> None:
    """A body that cannot be mistaken for a track."""
    shown = people.visibility[row] > 0
    limbs = [(xy[a], xy[b]) for a, b in people.skeleton.limbs if shown[a] and shown[b]]
    dots = [(at, at) for at in xy[shown]]
    for ink, wider in ((INK, 1.2 * unit), (WHITE, 0.0)):
        for ends, width in ((limbs, _LIMB), (dots, _DOT)):
            for a, b in ends:
                stroke(canvas, a, b, ink, width * unit + wider)
