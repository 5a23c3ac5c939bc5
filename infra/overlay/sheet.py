"""Contact sheets: chosen frames of a video side by side."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from poseloom.infra.overlay.canvas import check_frames, labelled_picture
from poseloom.infra.overlay.legend import Panel
from poseloom.infra.overlay.marks import tag
from poseloom.infra.overlay.palette import PANEL, WHITE
from poseloom.infra.overlay.people import stroke_unit
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import VideoReader

_SHEET_WIDTH = 2400
_SHEET_ASPECT = 1.4
_MAX_ENLARGEMENT = 3.0
_GAP = 8


def contact_sheet(reader: VideoReader, labels: Instances, frames: Sequence[int] | int, out: Path) -> None:
    """Write a picture of several labelled frames in a grid.

    Args:
        reader: The video.
        labels: Any rows of it, linked or not.
        frames: Frame indices, or how many to take at even distances from first to last.
        out: Path of the new ``.png`` or ``.jpg``.

    Raises:
        LabelError: Labels of frames that the video does not have.
        VideoError: A frame outside the video.
        InputError: No frames, or `out` is no picture or cannot be written.
    """
    if out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"expected a contact sheet to be called *.png or *.jpg, got {out}")
    chosen = _chosen(frames, reader.video.frame_count)
    check_frames(labels, reader.video)
    columns, scale = _layout(len(chosen), reader.video.width, reader.video.height)
    tiles = [_tile(reader, labels, frame_index, scale) for frame_index in chosen]
    page = in_grid(tiles, columns)
    width = page.shape[1]
    panel = Panel(labels, width, max(stroke_unit(*tiles[0].shape[1::-1]), 1.0))
    footer = np.empty((panel.height, width, 3), np.uint8)
    panel.draw(footer, f"{reader.video.name}   {len(chosen)} of {reader.video.frame_count} frames")
    save_picture(np.concatenate([page, footer]), out)


def _chosen(frames: Sequence[int] | int, frame_count: int) -> list[int]:
    if isinstance(frames, int):
        spread = np.linspace(0, frame_count - 1, max(min(frames, frame_count), 0))
        chosen: list[int] = np.unique(spread.round().astype(int)).tolist()
    else:
        chosen = list(frames)
    if not chosen:
        raise InputError("expected at least one frame for a contact sheet, got none")
    return chosen


def _layout(count: int, width: int, height: int) -> tuple[int, float]:
    """Columns that bring the sheet near its aspect, and the scale of every tile."""
    columns = min(count, math.ceil(math.sqrt(count * _SHEET_ASPECT * height / width)))
    scale = (_SHEET_WIDTH - _GAP * (columns + 1)) / columns / width
    return columns, min(scale, _MAX_ENLARGEMENT)


def _tile(reader: VideoReader, labels: Instances, frame_index: int, scale: float) -> U8:
    (frame,) = reader.frames(frame_index, frame_index + 1)
    tile = labelled_picture(frame, labels, scale)
    size = 15 * stroke_unit(tile.shape[1], tile.shape[0])
    tag(tile, f"frame {frame_index}", np.array([0.0, tile.shape[0]]), PANEL, WHITE, size)
    return tile


def in_grid(tiles: list[U8], columns: int) -> U8:
    """One picture of pictures of the same size, row by row."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    page = np.empty((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), np.uint8)
    page[:] = PANEL
    for number, tile in enumerate(tiles):
        top, left = _GAP + number // columns * (height + _GAP), _GAP + number % columns * (width + _GAP)
        page[top : top + height, left : left + width] = tile
    return page


def save_picture(image: U8, out: Path) -> None:
    """Write an RGB picture; a file of that name is replaced only once it is complete.

    Raises:
        InputError: It cannot be written.
    """
    _, data = cv2.imencode(out.suffix.lower(), image[..., ::-1])
    partial = out.with_name(f".{out.name}.partial")
    try:
        partial.write_bytes(data.tobytes())
        os.replace(partial, out)
    except OSError as error:
        raise InputError(f"expected to write {out}, got {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
