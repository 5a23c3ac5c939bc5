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
    height, width = frame.image.shape[:2]
    size = (round(width * scale), round(height * scale))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.array(frame.image if scale == 1 else cv2.resize(frame.image, size, interpolation=smooth), np.uint8)
    draw_people(canvas, labels.in_frames(frame.frame_index, frame.frame_index + 1), scale)
    return canvas


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
