"""Exact labels of generated people."""

import numpy as np

from poseloom.models.synthetic.body import Part, project
from poseloom.models.synthetic.motion import HEAD_HALF_HEIGHT, HEAD_HALF_WIDTH, Joints
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F64, U8, Bool
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

EYE_LONGITUDE, EYE_LATITUDE, NOSE_LATITUDE = 0.4, 0.12, -0.12
_OWNERS = {
    "shoulder": ("upper_arm",), "elbow": ("upper_arm", "forearm"), "wrist": ("forearm", "hand"),
    "hip": ("thigh",), "knee": ("thigh", "shank"), "ankle": ("shank", "foot"),
}  # fmt: skip


def label(spec: ClipSpec, people: list[Joints], parts: list[list[Part]], camera: F64) -> Instances:
    """Truth of all people in all frames, sorted by frame and track id.

    A keypoint outside the picture is unlabelled (0); one that a nearer part covers has visibility 1.

    Args:
        spec: The clip.
        people: P people's joints.
        parts: P people's parts.
        camera: (T, 2) pixels by which the camera has moved.
    """
    rows = [_person(spec, i, people, parts, camera) for i in range(len(people))]
    everyone = Instances.concat(rows).sorted()
    return everyone.select(np.flatnonzero((everyone.visibility > 0).any(axis=1)))


def _person(spec: ClipSpec, person: int, people: list[Joints], parts: list[list[Part]], camera: F64) -> Instances:
    space = _keypoints(people[person])
    xy = project(space)
    hidden = _hidden(person, people[person], space, xy, parts)
    seen = xy - camera[:, None]
    inside = ((seen >= 0) & (seen < (spec.width, spec.height))).all(axis=2)
    visibility: U8 = np.where(inside, np.where(hidden, 1, 2), 0).astype(np.uint8)
    centre = project(people[person].head) - camera
    half = np.array([HEAD_HALF_WIDTH, HEAD_HALF_HEIGHT]) * 1.05 * people[person].stature
    return Instances.build(
        COCO17,
        np.arange(spec.frames),
        seen,
        visibility,
        Source.IMPORTED,
        track_id=np.full(spec.frames, person),
        bbox_xywh=_boxes(spec, parts[person], camera),
        head_xywh=np.concatenate([centre - half, np.broadcast_to(2 * half, centre.shape)], axis=1),
    )


def _keypoints(joints: Joints) -> F64:
    """(T, 17, 3) COCO keypoints in space."""

    def on_head(longitude: float, latitude: float) -> F64:
        around = np.sin(longitude) * joints.left + 1.1 * np.cos(longitude) * joints.face
        offset = HEAD_HALF_WIDTH * np.cos(latitude) * around + HEAD_HALF_HEIGHT * np.sin(latitude) * joints.up
        return np.asarray(joints.head + joints.stature * offset)

    face = [on_head(0.0, NOSE_LATITUDE)]
    face += [on_head(side * EYE_LONGITUDE, EYE_LATITUDE) for side in (1, -1)]
    face += [on_head(side * np.pi / 2, 0.0) for side in (1, -1)]
    pairs = (joints.shoulders, joints.elbows, joints.wrists, joints.hips, joints.knees, joints.ankles)
    return np.stack([*face, *(side for pair in pairs for side in pair)], axis=1)


def _hidden(person: int, joints: Joints, space: F64, xy: F64, parts: list[list[Part]]) -> Bool:
    """(T, 17) whether a part that is drawn over a keypoint's own parts covers it."""
    own = {part.name: part for part in parts[person]}
    hidden = np.zeros(xy.shape[:2], bool)
    for k, name in enumerate(COCO17.keypoints):
        owners = _owners(name)
        surface = np.min([own[owner].depth for owner in owners], axis=0)
        behind = space[:, k, 2] - (own["head"] if owners == ("head",) else own["torso"]).depth
        if owners == ("head",):
            hidden[:, k] = behind > 0.06 * joints.stature
        for other in (part for body in parts for part in body):
            if other.name in owners and other is own[other.name]:
                continue
            covers = (other.depth < surface) & other.covers(xy[:, k : k + 1])[:, 0]
            if other is own["torso"]:
                covers &= behind > 0.07 * joints.stature
            hidden[:, k] |= covers
    return hidden


def _owners(keypoint: str) -> tuple[str, ...]:
    side, _, joint = keypoint.partition("_")
    return tuple(f"{side}_{part}" for part in _OWNERS[joint]) if joint in _OWNERS else ("head",)


def _boxes(spec: ClipSpec, parts: list[Part], camera: F64) -> F64:
    """(T, 4) xywh extents of all parts, hidden or not, cut at the picture's border."""
    low = np.min([np.minimum(p.start, p.end) - 0.5 * p.half_width[:, None] for p in parts], axis=0) - camera
    high = np.max([np.maximum(p.start, p.end) + 0.5 * p.half_width[:, None] for p in parts], axis=0) - camera
    low, high = (np.clip(corner, 0, (spec.width, spec.height)) for corner in (low, high))
    return np.concatenate([low, high - low], axis=1)
