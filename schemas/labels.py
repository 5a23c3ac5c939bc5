"""A label set: everything a label file says about one video."""

from dataclasses import dataclass, field

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.skeleton import Skeleton

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class FrameLabel:
    """What a label file says about one frame, apart from its people.

    Attributes:
        frame_index: 0-based frame in the video.
        image_id: The file's opaque id of this image (up to 11 digits).
        file_name: The file's name of this image.
        is_labeled: The frame's keypoints were annotated (an unlabelled frame may still be listed).
        ignore_regions: Polygons in source pixels inside which nothing was annotated.
        extra: JSON object with every other field of the image under its format's name, ``""`` for none.
    """

    frame_index: int
    image_id: int
    file_name: str
    is_labeled: bool = True
    ignore_regions: tuple[Polygon, ...] = ()
    extra: str = ""


@dataclass(frozen=True)
class LabelSet:
    """Labels of one video.

    Attributes:
        name: Sequence name; matched with the video's name.
        instances: All people, in file order or sorted by frame and track id.
        frames: Frames the file lists, in its order; empty when the format lists none.
        extra: JSON object with the file-level fields (categories, info, licenses …) under the format's
            name, ``""`` for none.
    """

    name: str
    instances: Instances
    frames: tuple[FrameLabel, ...] = field(default=())
    extra: str = ""

    @property
    def skeleton(self) -> Skeleton:
        """Skeleton of the instances."""
        return self.instances.skeleton

    def check_unique_tracks(self) -> None:
        """Refuse two instances of one track in one frame.

        Raises:
            LabelError: Names the track and the frame.
        """
        linked = np.flatnonzero(self.instances.track_id >= 0)
        pairs = (self.instances.frame_index[linked].astype(np.int64) << 32) + self.instances.track_id[linked]
        order = np.argsort(pairs, kind="stable")
        again = np.flatnonzero(pairs[order][1:] == pairs[order][:-1])
        if again.size:
            row = linked[order[again + 1].min()]
            track, frame = self.instances.track_id[row], self.instances.frame_index[row]
            raise LabelError(f"expected one instance of track {track} in frame {frame} of {self.name}, got two")
