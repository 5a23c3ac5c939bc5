"""SLEAP's ``.slp`` projects, read and written."""

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from poseloom.infra.labels.files import LabelFile
from poseloom.schemas.arrays import F64
from poseloom.schemas.editing import RECORD_FIELD, ExportRecord
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.categories import skeleton_of_names
from poseloom.schemas.formats.extras import pack
from poseloom.schemas.formats.keypoints import decode_scores
from poseloom.schemas.formats.person_rows import new_ids, with_keypoints
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton
from poseloom.schemas.video import Video

FORMAT = "slp"
NEW_TRACKS = "new_tracks"
"""Field of a label set's extra: ids of people whom somebody added to a project that we exported."""
_DIGITS = 7
_PIXEL_CENTRE = 0.5
"""SLEAP's (0, 0) is the centre of the top-left pixel; ours is its corner."""
_BROKEN = (OSError, KeyError, ValueError, IndexError, TypeError, AttributeError, RuntimeError)


def read_sleap(file: LabelFile) -> list[LabelSet]:
    """One label set per video of a SLEAP project, named by the video file's stem.

    A user instance replaces the prediction it was made from, and any of its track. Keypoints are
    IMPORTED: predictions with their point scores (clipped to 0..1), users' with NaN. A point marked not
    visible holds only a placeholder position and is not labelled. Without tracks instances are unlinked.

    Raises:
        LabelError: No SLEAP project, or a skeleton we do not know.
    """
    project = _load(file)
    skeletons = {
        id(s): skeleton_of_names([n.name for n in s.nodes], f"{file.name}: skeleton") for s in project.skeletons
    }
    if len(set(skeletons.values())) != 1:
        raise LabelError(f"{file.name}: expected one skeleton, got {len(skeletons)}")
    skeleton = next(iter(skeletons.values()))
    tracks, new = _track_ids(file, project)
    return [_read_video(file, project, video, skeleton, tracks, new) for video in project.videos]


def _track_ids(file: LabelFile, project: Any) -> tuple[dict[int, int], frozenset[int]]:
    """Track ids by the tracks' identity, and which are of new people.

    They are the tracks' places, but in a project that we exported their names; there others are new.
    """
    if RECORD_FIELD not in project.provenance:
        return {id(track): i for i, track in enumerate(project.tracks)}, frozenset()
    names = [str(track.name) for track in project.tracks]
    if len(set(names)) < len(names):
        raise LabelError(f"{file.name}: expected tracks of different names, got {', '.join(sorted(names)[:30])}")
    is_ours = [name.isascii() and name.isdigit() and len(name) <= _DIGITS for name in names]
    ids, new = new_ids([int(name) if ours else None for name, ours in zip(names, is_ours, strict=True)], file.name)
    return {id(track): i for track, i in zip(project.tracks, ids, strict=True)}, new


def _load(file: LabelFile) -> Any:
    import sleap_io

    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / f"{file.name}.slp"
        local.write_bytes(file.data)
        try:
            return sleap_io.load_slp(str(local), open_videos=False)
        except _BROKEN as error:
            raise LabelError(f"expected a SLEAP project at {file.uri}, got {type(error).__name__}: {error}") from error


def _read_video(
    file: LabelFile, project: Any, video: Any, skeleton: Skeleton, tracks: dict[int, int], new: frozenset[int]
) -> LabelSet:
    shown = [
        (int(frame.frame_idx), instance)
        for frame in sorted(project.find(video), key=lambda frame: int(frame.frame_idx))
        for instance in _shown(frame)
    ]
    name = _video_name(video) or file.name
    fields: dict[str, Any] = _size(video)
    if RECORD_FIELD in project.provenance:
        fields |= {RECORD_FIELD: project.provenance[RECORD_FIELD], NEW_TRACKS: sorted(new)}
    about = pack(FORMAT, fields, {}, file.name)
    if not shown:
        return LabelSet(name, Instances.empty(skeleton), (), about)
    xy = np.array([_in_order(i, "xy", skeleton) for _, i in shown]) + _PIXEL_CENTRE
    visible = np.array([_in_order(i, "visible", skeleton) for _, i in shown], dtype=bool)
    visibility = np.where(visible & np.isfinite(xy).all(axis=-1), np.uint8(2), np.uint8(0))
    scores = np.array([_point_scores(i, skeleton) for _, i in shown])
    instances = Instances.build(
        skeleton,
        [frame for frame, _ in shown],
        xy,
        visibility,
        Source.IMPORTED,
        track_id=[tracks.get(id(i.track), UNLINKED) for _, i in shown],
        score=decode_scores(scores, visibility),
        extra=tuple(_extra(i, file.name) for _, i in shown),
    )
    return LabelSet(name, instances, (), about)


def _shown(frame: Any) -> list[Any]:
    """User instances, and the predictions that none of them replaces."""
    users = list(frame.user_instances)
    origins = {id(user.from_predicted) for user in users if user.from_predicted is not None}
    tracks = {id(user.track) for user in users if user.track is not None}
    return users + [p for p in frame.predicted_instances if id(p) not in origins and id(p.track) not in tracks]


def _in_order(instance: Any, field: str, skeleton: Skeleton) -> F64:
    """One field of the instance's points in our keypoint order."""
    where = {name: i for i, name in enumerate(instance.skeleton.node_names)}
    values: F64 = instance.points[field][[where[name] for name in skeleton.keypoints]]
    return values


def _point_scores(instance: Any, skeleton: Skeleton) -> F64:
    if "score" in (instance.points.dtype.names or ()):
        return _in_order(instance, "score", skeleton)
    return np.full(len(skeleton), np.nan)


def _extra(instance: Any, where: str) -> str:
    score = getattr(instance, "score", None)
    return pack(FORMAT, {} if score is None else {"score": float(score)}, {}, where)


def _size(video: Any) -> dict[str, int]:
    shape = video.shape or (video.backend_metadata or {}).get("shape")
    return {"height": int(shape[1]), "width": int(shape[2])} if shape else {}


def _video_name(video: Any) -> str:
    filename = video.filename
    if isinstance(filename, list):
        return PurePosixPath(str(filename[0]).replace("\\", "/")).parent.name if filename else ""
    return PurePosixPath(str(filename).replace("\\", "/")).stem


def write_sleap(labels: LabelSet, video: Video, record: ExportRecord) -> bytes:
    """The project of a label set's people with keypoints; tracks are named by their ids.

    People whom models placed are predictions, so that SLEAP keeps them apart from what its user makes
    of them. SLEAP has no occlusion: what is labelled is visible.
    """
    import sleap_io

    people = with_keypoints(labels.instances)
    skeleton = sleap_io.Skeleton(
        nodes=list(people.skeleton.keypoints), edges=[list(limb) for limb in people.skeleton.limbs], name="person"
    )
    shape = [video.frame_count, video.height, video.width, 3]
    movie = sleap_io.Video(
        filename=video.uri or video.name, open_backend=False, backend_metadata={"type": "MediaVideo", "shape": shape}
    )
    tracks = {track: sleap_io.Track(str(track)) for track in np.unique(people.track_id).tolist()}
    frames: dict[int, list[Any]] = {}
    for row, (frame, track) in enumerate(zip(people.frame_index.tolist(), people.track_id.tolist(), strict=True)):
        frames.setdefault(frame, []).append(_instance(people, row, skeleton, tracks[track]))
    project = sleap_io.Labels(
        [sleap_io.LabeledFrame(video=movie, frame_idx=f, instances=found) for f, found in frames.items()],
        videos=[movie],
        tracks=list(tracks.values()),
        skeletons=[skeleton],
        provenance={RECORD_FIELD: record.model_dump()},
    )
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "labels.slp"
        sleap_io.save_slp(project, str(local), verbose=False)
        return local.read_bytes()


def _instance(people: Instances, row: int, skeleton: Any, track: Any) -> Any:
    import sleap_io

    labelled = people.visibility[row] > 0
    xy = np.where(labelled[:, None], people.keypoints_xy[row] - _PIXEL_CENTRE, np.nan)
    scores = np.where(labelled, people.score[row], np.nan)
    if np.isnan(scores).all():
        return sleap_io.Instance.from_numpy(xy, skeleton=skeleton, track=track)
    filled = np.nan_to_num(np.where(labelled, np.nan_to_num(scores, nan=1.0), np.nan), nan=0.0)
    return sleap_io.PredictedInstance.from_numpy(
        xy, skeleton=skeleton, point_scores=filled, score=float(filled[labelled].mean()), track=track
    )
