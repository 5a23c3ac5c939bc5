"""Places on a body that truth is told about."""

import numpy as np
from scipy.spatial import ConvexHull

from poseloom.models.synthetic.bodies import POINTS
from poseloom.models.synthetic.mesh.segments import NUMBER
from poseloom.schemas.arrays import F32, F64, I32
from poseloom.schemas.assets import BodyMesh

_NOSE, _LEFT_EAR, _RIGHT_EAR, _CROWN = VERTICES = (297, 12038, 5439, 881)
_LEFT_EYE, _RIGHT_EYE = EYES = ("joint-l-eye", "joint-r-eye")
_JOINT_POINTS = {
    "shoulder": "upperarm",
    "elbow": "forearm",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
}


def keypoints(mesh: BodyMesh, body: F32, joints: F64) -> tuple[F64, I32]:
    """(19, 3) keypoints of `POINTS` on a shaped body and the (19,) segments that they move with.

    Joint centres for limbs; on the head, where annotators put them: the tip of the nose, the middles
    of eyes and ears, the top of the skull.

    Args:
        mesh: The body's mesh.
        body: (V, 3) its shaped vertices.
        joints: (S, 3) its joints, in the same unit.
    """
    head = NUMBER["head"]
    places: dict[str, tuple[F64 | F32, int]] = {
        "nose": (body[_NOSE], head),
        "left_eye": (body[mesh.joints[_LEFT_EYE]].mean(axis=0), head),
        "right_eye": (body[mesh.joints[_RIGHT_EYE]].mean(axis=0), head),
        "left_ear": (body[_LEFT_EAR], head),
        "right_ear": (body[_RIGHT_EAR], head),
        "head_bottom": (joints[NUMBER["neck"]], NUMBER["neck"]),
        "head_top": (body[_CROWN], head),
    }
    for side, letter in (("left", "L"), ("right", "R")):
        for point, name in _JOINT_POINTS.items():
            number = NUMBER[f"{name}.{letter}"]
            places[f"{side}_{point}"] = (joints[number], number)
    ordered = [places[name] for name in POINTS.keypoints]
    points = np.array([place for place, _ in ordered], dtype=np.float64)
    return points, np.array([number for _, number in ordered], dtype=np.int32)


def skull(mesh: BodyMesh, body: F32, weights: F32) -> F64:
    """(H, 3) corners of what the head box covers: the head from the chin up."""
    drawn = np.unique(mesh.quads)
    of_head = drawn[weights[drawn, NUMBER["head"]] > 0.9]
    return _hull(body[of_head])


def corners(vertices: F32, weights: F32, name: str) -> F64:
    """(N, 3) corners of what moves with the segment of that name alone."""
    return _hull(vertices[weights[:, NUMBER[name]] > 0.9])


def _hull(points: F32) -> F64:
    return points[ConvexHull(points).vertices].astype(np.float64)
