"""One labelled picture at a size that people can judge."""

import cv2
import numpy as np

from poseloom.infra.overlay.people import draw_people
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.schemas.video import Video


def labelled_picture(frame: Frame, labels: Instances, scale: float) -> U8:
    """RGB canvas with the frame at that scale and its people drawn on it."""
    canvas = scaled(frame.image, scale)
    draw_people(canvas, labels.in_frames(frame.frame_index, frame.frame_index + 1), scale)
    return canvas


def scaled(image: U8, scale: float) -> U8:
    """A canvas of its own that shows an RGB picture at that scale."""
    height, width = image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.array(image if scale == 1 else cv2.resize(image, size, interpolation=smooth), np.uint8)


def check_frames(labels: Instances, video: Video) -> None:
    """Refuse labels of frames that the video does not have.

    Raises:
        LabelError: Names the first such frame.
    """
    outside = (labels.frame_index < 0) | (labels.frame_index >= video.frame_count)
    if outside.any():
        frame = int(labels.frame_index[outside][0])
        raise LabelError(f"expected labels within the {video.frame_count} frames of {video.name}, got frame {frame}")


def frame_title(video: Video, frame_index: int, people: int) -> str:
    """What the panel says about a frame."""
    crowd = "1 person" if people == 1 else f"{people} people"
    return f"{video.name}   frame {frame_index} of {video.frame_count}   {crowd}"
