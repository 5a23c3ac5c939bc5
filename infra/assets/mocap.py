"""The motion capture of a pack."""

from pathlib import Path
from typing import Literal

import numpy as np

from poseloom.infra.assets.archive import Archive
from poseloom.schemas.assets import MotionCapture, MotionClip
from poseloom.schemas.errors import InputError


def read_capture(path: Path, convention: Literal["daz", "asf"]) -> MotionCapture:
    """All recordings of one archive.

    Raises:
        InputError: The file is missing or contradicts itself.
    """
    archive = Archive(path)
    joints = archive.texts("joints")
    parents = archive.array("parents", np.int32, (len(joints),))
    if (parents[0] != -1) or not all(0 <= parent < joint for joint, parent in enumerate(parents[1:], 1)):
        raise InputError(
            f"expected one root, and parents before children, got another order: field 'parents' of {path}"
        )
    rotations = archive.array("q", np.float32, (None, len(joints), 4))
    root = archive.array("pos", np.float32, (len(rotations), 3))
    norm = np.linalg.norm(rotations, axis=-1, keepdims=True)
    if not (norm > 0.5).all():
        raise InputError(f"expected unit quaternions, got one of length {norm.min():.3g}: field 'q' of {path}")
    rotations = rotations / norm
    fps = float(archive.array("fps", np.float64, ()))
    if fps <= 0:
        raise InputError(f"expected frames per second above 0, got {fps}: field 'fps' of {path}")
    names, labels = archive.texts("names"), archive.texts("labels")
    start = archive.array("start", np.int32, (len(names) + 1,), below=len(rotations) + 1)
    if len(labels) != len(names) or not (np.diff(start) > 0).all():
        raise InputError(f"expected a label and at least one frame for each clip: fields 'labels', 'start' of {path}")
    return MotionCapture(
        convention=convention,
        joints=joints,
        parents=parents,
        offsets=archive.array("offsets", np.float64, (len(joints), 3)),
        fps=fps,
        clips=tuple(
            MotionClip(name, label, rotations[begin:end], root[begin:end])
            for name, label, begin, end in zip(names, labels, start[:-1], start[1:], strict=True)
        ),
    )
