"""Generated multi-person clips with exact ground truth on every frame."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.synthetic.body import body_parts
from poseloom.models.synthetic.motion import move
from poseloom.models.synthetic.render import Renderer
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.truth import label
from poseloom.schemas.arrays import F64
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame

__all__ = ["ClipSpec", "synthesize"]


def synthesize(spec: ClipSpec) -> tuple[Iterator[Frame], Instances]:
    """A generated clip: its frames, drawn one at a time, and its truth, known beforehand.

    Articulated people in textured clothes walk, run, gesture or dance through a room and past each
    other. The truth has COCO's 17 keypoints of every person in every frame, with visibility 1 where
    a nearer body part or person covers the keypoint and 0 outside the picture, track ids, boxes
    (hidden parts included, cut at the picture's border) and head boxes; its source is IMPORTED.
    """
    rng = np.random.default_rng(spec.seed)
    people = [move(spec, person, rng) for person in range(spec.people)]
    parts = [body_parts(joints) for joints in people]
    camera = _camera(spec, rng)
    truth = label(spec, people, parts, camera)
    return Renderer(spec, people, parts, camera, int(rng.integers(1 << 32))).frames(), truth


def _camera(spec: ClipSpec, rng: np.random.Generator) -> F64:
    """(T, 2) pixels by which the camera has moved."""
    if not spec.pan:
        return np.zeros((spec.frames, 2))
    time, phase = np.arange(spec.frames) / spec.fps, rng.uniform(0, 2 * np.pi, 2)
    reach = (0.09 * spec.width, 0.012 * spec.height)
    return np.stack([reach[i] * np.sin(2 * np.pi * (0.18, 0.4)[i] * time + phase[i]) for i in (0, 1)], axis=1)
