"""One generated picture with everything that is true about it."""

from dataclasses import dataclass

from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import Polygon
from poseloom.schemas.ports import Frame


@dataclass(frozen=True, eq=False)
class Rendered:
    """A frame and its truth.

    Attributes:
        frame: The picture.
        people: The annotated people, sorted by track id: visibility 2 where the renderer shows the
            keypoint, 1 where something nearer hides it, 0 outside the picture; boxes, head boxes and
            ids; source IMPORTED without scores.
        ignore_regions: Polygons around people who are not annotated.
    """

    frame: Frame
    people: Instances
    ignore_regions: tuple[Polygon, ...]
