"""A click of the oracle: one keypoint of the truth, put on a predicted person."""

from poseloom.schemas.correction import MoveKeypoint
from poseloom.schemas.instances import Instances


def placed(truth: Instances, person: int, keypoint: int, track_id: int) -> MoveKeypoint:
    """The edit that moves a track's keypoint in that frame to where the truth's person has it."""
    x, y = truth.keypoints_xy[person, keypoint].tolist()
    return MoveKeypoint(
        frame_index=int(truth.frame_index[person]),
        track_id=track_id,
        keypoint=truth.skeleton.keypoints[keypoint],
        x=x,
        y=y,
        visibility=2 if truth.visibility[person, keypoint] == 2 else 1,
    )
