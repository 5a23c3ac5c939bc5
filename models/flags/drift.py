"""Propagated keypoints that move away from what the estimator sees."""

import numpy as np
from scipy.ndimage import percentile_filter
from scipy.optimize import linear_sum_assignment

from poseloom.models.boxes import person_boxes
from poseloom.models.flags.episodes import episodes
from poseloom.models.flags.evidence import flagged, severity
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.models.oks import box_area, oks_matrix
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source

_LEAST_SIMILAR = 0.2
_SURE = 0.3
_MOST = 80


def counterparts(labels: Instances, predictions: Instances) -> I64:
    """(N,) row of the prediction of the same person for each label, -1 where there is none.

    Pairs of a frame are those of the highest total OKS; ids do not matter.

    Raises:
        LabelError: Different skeletons.
    """
    if labels.skeleton != predictions.skeleton:
        raise LabelError(
            f"expected predictions in the labels' skeleton {labels.skeleton.name}, got {predictions.skeleton.name}"
        )
    area = box_area(person_boxes(labels))
    found = np.full(len(labels), -1, np.int64)
    some = np.flatnonzero((labels.visibility > 0).any(axis=1))
    ours_by_frame, theirs_by_frame = _by_frame(labels, some), _by_frame(predictions, np.arange(len(predictions)))
    for frame in ours_by_frame.keys() & theirs_by_frame.keys():
        ours, theirs = ours_by_frame[frame], theirs_by_frame[frame]
        xy, seen = labels.keypoints_xy[ours], labels.visibility[ours]
        alike = oks_matrix(xy, seen, area[ours], predictions.keypoints_xy[theirs], labels.skeleton.sigmas)
        a, b = linear_sum_assignment(np.nan_to_num(alike), maximize=True)
        good = np.nan_to_num(alike)[a, b] >= _LEAST_SIMILAR
        found[ours[a[good]]] = theirs[b[good]]
    return found


def _by_frame(instances: Instances, rows: I64) -> dict[int, I64]:
    """Those rows by their frame."""
    ordered = rows[np.argsort(instances.frame_index[rows], kind="stable")]
    frames, starts = np.unique(instances.frame_index[ordered], return_index=True)
    return dict(zip(frames.tolist(), np.split(ordered, starts[1:]), strict=True)) if len(frames) else {}


def drift_flags(
    path: Path,
    labels: Instances,
    predictions: Instances,
    counterpart: I64,
    seconds_per_frame: float,
    settings: FlagSettings,
) -> list[Flag]:
    """One flag per episode and propagated keypoint.

    How far off is measured from the median offset of this keypoint and person, which is how estimator and
    annotators differ all the time, and against how much the two move against each other from frame to frame
    around there, which is how sure both are. What is far off by that measure is drift; half as far will do
    where it begins or ends with a leap, as propagation does that meets the next anchor.

    Args:
        path: The person.
        labels: All labels, whose rows the path names.
        predictions: What the estimator saw.
        counterpart: (N,) from `counterparts`.
        seconds_per_frame: Time from one frame to the next.
        settings: The limits.
    """
    if not len(predictions):
        return []
    offset = _offsets(path, predictions, counterpart)
    off = np.nan_to_num(np.linalg.norm(offset, axis=-1))
    steps = _steps(offset, path.frames)
    around = 2 * round(0.5 / seconds_per_frame) + 1
    into, out = (percentile_filter(part, _MOST, (around, 1), mode="nearest") for part in (steps[:-1], steps[1:]))
    trembling = np.maximum(into, out)
    limit = np.maximum(settings.drift_size, settings.drift_scale / 2 * trembling)
    beyond = (off > limit) & (labels.source[path.rows] == Source.PROPAGATED)
    far = beyond & (off > settings.drift_scale * trembling)
    share = 1 / len(labels.skeleton.used)
    flags = []
    for k in labels.skeleton.used:
        for episode in episodes(beyond[:, k], path.frames, off[:, k], settings.join / seconds_per_frame):
            inside, ends = slice(episode.first, episode.last + 1), slice(episode.first, episode.last + 2)
            leaps = steps[ends, k].max() > settings.drift_return * trembling[episode.worst, k]
            lasting = max(int(far[inside, k].sum()), episode.count if leaps else 0)
            if lasting * seconds_per_frame < settings.drift_length:
                continue
            worst, least = float(off[episode.worst, k]), float(limit[episode.worst, k])
            weight = severity(episode.count * seconds_per_frame, share, worst, least)
            told = f"within {least:.3f} sizes of the prediction", f"{worst:.3f} sizes away"
            flags.append(flagged(FlagKind.DRIFT, path, episode, weight, *told, labels.skeleton.keypoints[k]))
    return flags


def _offsets(path: Path, predictions: Instances, counterpart: I64) -> F64:
    """(N, K, 2) sizes from prediction to label less their median; NaN where there is no sure prediction."""
    rows = counterpart[path.rows]
    sure = (
        (rows >= 0)[:, None] & path.labelled & (predictions.visibility[rows] > 0) & ~(predictions.score[rows] < _SURE)
    )
    offset = np.where(sure[..., None], path.xy - predictions.keypoints_xy[rows], np.nan) / path.size[:, None, None]
    known = sure.any(axis=0)
    usual = np.zeros(offset.shape[1:])
    usual[known] = np.nanmedian(offset[:, known], axis=0)
    return np.asarray(offset - usual)


def _steps(offset: F64, frames: I64) -> F64:
    """(N + 1, K) sizes per frame by which each offset differs from that of the row before; 0 at both ends."""
    steps = np.zeros((len(frames) + 1, offset.shape[1]))
    steps[1:-1] = np.linalg.norm(np.diff(offset, axis=0), axis=-1) / np.diff(frames)[:, None]
    return np.nan_to_num(steps)
