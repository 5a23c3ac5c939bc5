"""PoseTrack18/21 JSON: one document per sequence.

Reading then writing gives back an equal document. Inside, visibility is COCO's (PoseTrack's v = 1 is
2; v = 0 with coordinates is 1, occluded; ``0, 0, 0`` is 0); frames are 0-based and joined to people
by the opaque image id.
"""

from poseloom.schemas.formats.posetrack_reading import read_posetrack
from poseloom.schemas.formats.posetrack_writing import write_posetrack

__all__ = ["read_posetrack", "write_posetrack"]
