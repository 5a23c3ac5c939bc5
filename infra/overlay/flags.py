"""Contact sheets of flags: each flagged person in the frame where it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from poseloom.infra.overlay.canvas import labelled_picture
from poseloom.infra.overlay.marks import tag
from poseloom.infra.overlay.palette import PANEL, WHITE
from poseloom.infra.overlay.sheet import in_grid, save_picture
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.errors import InputError
from poseloom.schemas.flag import Flag
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.ports import Frame, VideoReader

_TILE = 480
_COLUMNS = 4
_TEXT = 17.0
_AROUND = 1.6
"""Side of the picture's part, in the larger side of the person's box."""
_SMALLEST = 64.0


@dataclass(frozen=True, eq=False)
class Tile:
    """One flag with what it is about.

    Attributes:
        reader: The video.
        labels: All its labels.
        flag: The flag.
    """

    reader: VideoReader
    labels: Instances
    flag: Flag


def flag_sheet(tiles: Sequence[Tile], out: Path) -> None:
    """Write a picture with a square around the person of every flag.

    Args:
        tiles: The flags, in the order of the sheet.
        out: Path of the new ``.png`` or ``.jpg``.

    Raises:
        InputError: No flags, or `out` cannot be written.
        VideoError: A frame that the video does not have.
    """
    if not tiles:
        raise InputError("expected at least one flag for a contact sheet, got none")
    save_picture(in_grid([_drawn(tile) for tile in tiles], min(_COLUMNS, len(tiles))), out)


def _drawn(tile: Tile) -> U8:
    flag = tile.flag
    (frame,) = tile.reader.frames(flag.frame_index, flag.frame_index + 1)
    left, top, side = _square(tile)
    scale = _TILE / side
    move = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float32)
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.warpAffine(np.asarray(frame.image), move, (_TILE, _TILE), flags=smooth, borderValue=PANEL)
    corner = np.array([left, top])
    people = tile.labels.in_frames(flag.frame_index, flag.frame_index + 1)
    boxes = np.concatenate([people.bbox_xywh[:, :2] - corner, people.bbox_xywh[:, 2:]], axis=1) * scale
    moved = people.replace(keypoints_xy=(people.keypoints_xy - corner) * scale, bbox_xywh=boxes)
    canvas = labelled_picture(Frame(flag.frame_index, np.asarray(image, np.uint8)), moved, 1)
    title = f"{flag.kind.value} {flag.track_id}  frame {flag.frame_index}  {tile.reader.video.name}"
    tag(canvas, title, np.array([0.0, _TILE]), PANEL, WHITE, _TEXT)
    return canvas


def _square(tile: Tile) -> tuple[float, float, float]:
    """Left, top and side in pixels of the picture around everyone concerned, where they are last labelled."""
    extents = keypoint_extents(tile.labels.keypoints_xy, tile.labels.visibility)
    boxes = np.where(np.isfinite(tile.labels.bbox_xywh), tile.labels.bbox_xywh, extents)
    those = [track for track in (tile.flag.track_id, tile.flag.other_track_id) if track is not None]
    near = np.array([box for track in those for box in _last(tile, boxes, track)]).reshape(-1, 4)
    if not len(near):
        video = tile.reader.video
        near = np.array([[0.0, 0.0, video.width, video.height]])
    low, high = near[:, :2].min(axis=0), (near[:, :2] + near[:, 2:]).max(axis=0)
    side = max(float((high - low).max()) * _AROUND, _SMALLEST)
    left, top = (low + high - side) / 2
    return float(left), float(top), side


def _last(tile: Tile, boxes: F64, track: int) -> F64:
    """(1, 4) box of a person in the flagged frame or the last one before; (0, 4) where there is none."""
    mine = (tile.labels.track_id == track) & (tile.labels.frame_index <= tile.flag.frame_index)
    rows = np.flatnonzero(mine & np.isfinite(boxes).all(axis=1))
    return boxes[rows[np.argsort(tile.labels.frame_index[rows], kind="stable")[-1:]]]
