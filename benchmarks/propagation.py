"""Accuracy of propagation beside linear interpolation and the bare tracker, on the same labels.

Every n-th frame of clips with truth on every frame is labelled; a keypoint in between is right if it
is within half a head of the truth, a head being PoseTrack's: 0.6 times the diagonal of the head box.
The bare tracker is Lucas-Kanade from both labels, blended by time. Only keypoints with labels on
both sides count, so that all three methods answer for the same ones.

``python -m benchmarks.propagation`` prints every clip.
"""

import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from poseloom.models.points import point_tracker
from poseloom.models.propagation import PropagationSettings, propagate
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame

SPACINGS = (5, 10, 20)
METHODS = ("linear", "tracker", "propagation")
SEEDS = (101, 102, 103)
_LENGTH = 81


def run() -> list[dict[str, Any]]:
    """One row per clip and spacing, then one per motion and spacing (clip ``all``).

    Keys: motion, clip, spacing, keypoints, ms_per_frame (both tracks and fusion), and for each
    method ``<method>_right`` (percent) and ``<method>_px`` (median error).
    """
    rows = []
    for motion in ("slow", "fast"):
        clips = [_clip(motion, seed) for seed in SEEDS]
        rows += [_row(motion, [clip], spacing) for clip in clips for spacing in SPACINGS]
        rows += [_row(motion, clips, spacing) for spacing in SPACINGS]
    return rows


def measure() -> dict[str, float]:
    """Percent within half a head over all clips, and how far propagation is above the better of the two."""
    figures: dict[str, float] = {}
    for row in run():
        if row["clip"] == "all":
            case = f"{row['motion']}, every {row['spacing']}th"
            figures |= {f"{case}: {method}, %": row[f"{method}_right"] for method in METHODS}
            best = max(row["linear_right"], row["tracker_right"])
            figures[f"{case}: over the better of the two, points"] = row["propagation_right"] - best
    return figures


def main() -> None:
    """Print the table by clip."""
    table = Table("motion", "clip", "every", "keypoints", *(f"{m} right % (px)" for m in METHODS), "ms/frame")
    for row in run():
        table.add_row(
            row["motion"], row["clip"], str(row["spacing"]), str(row["keypoints"]),
            *(f"{row[f'{m}_right']:.1f} ({row[f'{m}_px']:.2f})" for m in METHODS),
            f"{row['ms_per_frame']:.1f}",
        )  # fmt: skip
    Console().print(table)


class _Clip:
    """Pictures, truth, and the errors of all methods in half heads and pixels, by spacing."""

    def __init__(self, name: str, images: list[U8], truth: Instances) -> None:
        self.name = name
        self.errors = {spacing: _errors(images, truth, spacing) for spacing in SPACINGS}


def _clip(motion: Any, seed: int) -> _Clip:
    clip = synthesize_clip(ClipSpec(motion=motion, seed=seed, frames=_LENGTH, pan=seed % 2 == 1))
    return _Clip(f"{motion}-{seed}", [frame.image for frame in clip.frames], clip.truth)


def _errors(images: list[U8], truth: Instances, spacing: int) -> tuple[dict[str, F64], F64, float]:
    """Pixel errors (P,) by method, half a head (P,) in pixels, and ms per frame of propagation."""
    labels = truth.select(truth.frame_index % spacing == 0)
    tracker = point_tracker("lucas_kanade")
    began = time.perf_counter()
    frames = (Frame(index, image) for index, image in enumerate(images))
    result = propagate(labels, 0, len(images), frames, tracker, PropagationSettings())
    ms = (time.perf_counter() - began) * 1000 / len(images)
    people, xy, visible = _dense(truth, len(images))
    _, propagated, there = _dense(result, len(images), people)
    heads = np.full(visible.shape[:2], np.nan)
    heads[truth.frame_index, np.searchsorted(people, truth.track_id)] = 0.3 * np.hypot(*truth.head_xywh[:, 2:].T)
    found: dict[str, list[F64]] = {method: [] for method in METHODS}
    half_heads = []
    for start in range(0, len(images) - spacing, spacing):
        inner, end = slice(start + 1, start + spacing), start + spacing
        use = visible[start] & visible[end]
        linear, tracked = _baselines(images[start : end + 1], xy[start][use], xy[end][use])
        counts = visible[inner][:, use] & np.isfinite(heads[inner])[:, np.nonzero(use)[0]]
        missed = np.where(there[inner][:, use][..., None], propagated[inner][:, use], np.inf)
        for method, guess in zip(METHODS, (linear, tracked, missed), strict=True):
            found[method].append(np.linalg.norm(guess - xy[inner][:, use], axis=-1)[counts])
        half_heads.append(heads[inner][:, np.nonzero(use)[0]][counts])
    return {method: np.concatenate(parts) for method, parts in found.items()}, np.concatenate(half_heads), ms


def _baselines(images: list[U8], start: F64, end: F64) -> tuple[F64, F64]:
    """(T - 2, N, 2) linear interpolation, and both tracks blended by time."""
    tracker = point_tracker("lucas_kanade")
    time_ = np.linspace(0, 1, len(images))[:, None, None]
    forward, backward = tracker.track(images, start).xy, tracker.track(images[::-1], end).xy[::-1]
    linear, tracked = start + time_ * (end - start), (1 - time_) * forward + time_ * backward
    return linear[1:-1], tracked[1:-1]


def _dense(instances: Instances, count: int, people: Any = None) -> tuple[Any, F64, Any]:
    """Track ids (P,), positions (T, P, K, 2) and what is labelled (T, P, K)."""
    people = np.unique(instances.track_id) if people is None else people
    shape = (count, len(people), len(instances.skeleton))
    xy, labelled = np.zeros((*shape, 2)), np.zeros(shape, dtype=np.bool_)
    at = instances.frame_index, np.searchsorted(people, instances.track_id)
    xy[at], labelled[at] = instances.keypoints_xy, instances.visibility > 0
    return people, xy, labelled


def _row(motion: str, clips: list[_Clip], spacing: int) -> dict[str, Any]:
    parts = [clip.errors[spacing] for clip in clips]
    half_heads = np.concatenate([part[1] for part in parts])
    row: dict[str, Any] = {
        "motion": motion,
        "clip": clips[0].name if len(clips) == 1 else "all",
        "spacing": spacing,
        "keypoints": len(half_heads),
        "ms_per_frame": float(np.mean([part[2] for part in parts])),
    }
    for method in METHODS:
        error = np.concatenate([part[0][method] for part in parts])
        row[f"{method}_right"] = 100 * float((error <= half_heads).mean())
        row[f"{method}_px"] = float(np.median(error))
    return row


if __name__ == "__main__":
    main()
