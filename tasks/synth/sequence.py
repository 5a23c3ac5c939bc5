"""One generated sequence, written picture by picture."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from poseloom.infra.overlay import contact_sheet
from poseloom.infra.video import open_video, write_video
from poseloom.models.synthetic.bodies import POINTS, Casting
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.world import synthesize
from poseloom.schemas.errors import InputError
from poseloom.schemas.formats.coco import write_coco
from poseloom.schemas.formats.posetrack import write_posetrack
from poseloom.schemas.formats.posetrack_ids import SequenceIds
from poseloom.schemas.ids import content_key
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.skeleton import COCO17, POSETRACK, Skeleton, conversion
from poseloom.schemas.video import Video
from poseloom.tasks.synth.layout import Layout

_QUALITY = 95
_SHEET_FRAMES = 9
_PEOPLE_PER_SEQUENCE = 100


def write_sequence(
    layout: Layout,
    spec: ClipSpec,
    casting: Casting,
    cast_by: str,
    video: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> bool:
    """Generate a sequence, unless the same one is there already; what an interrupted run left is done again.

    Args:
        layout: Where it goes.
        spec: What to generate.
        casting: Who plays.
        cast_by: Identity of the casting.
        video: Whether to write the pictures as a video file as well.
        progress: Called after each picture.

    Returns:
        Whether anything was generated.

    Raises:
        InputError: Something else is in that place, or it cannot be written.
    """
    origin = {"spec": spec.model_dump(mode="json"), "people": cast_by}
    try:
        new = not _is_complete(layout, origin)
        if new:
            _write(layout, spec, casting, origin, progress)
        if video and not layout.video.exists():
            layout.video.parent.mkdir(parents=True, exist_ok=True)
            write_video(layout.video, open_video(str(layout.images)).frames(0, spec.frames), spec.fps)
    except OSError as error:
        raise InputError(f"expected to write {layout.name} below {layout.root}, got: {error}") from error
    return new


def _is_complete(layout: Layout, origin: dict[str, Any]) -> bool:
    if not layout.origin.exists():
        for path in (layout.images, layout.posetrack, layout.coco):
            if path.exists():
                raise InputError(f"expected nothing at {path}, found something that poseloom did not generate")
        return False
    try:
        found = dict(json.loads(layout.origin.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        found = {}
    complete = found.pop("complete", False)
    if found != origin:
        raise InputError(
            f"expected {layout.name} in {layout.root} to be the clip asked for, found one of another spec: "
            "choose another --out or --seed"
        )
    return bool(complete)


def _write(
    layout: Layout, spec: ClipSpec, casting: Casting, origin: dict[str, Any], progress: Callable[[], None]
) -> None:
    _write_json(layout.origin, origin | {"complete": False})
    shutil.rmtree(layout.images, ignore_errors=True)
    layout.images.mkdir(parents=True)
    layout.video.unlink(missing_ok=True)
    truth, frames = _draw(layout, spec, casting, progress)
    video = Video(
        video_id=content_key(origin)[:16], name=layout.name, uri=str(layout.images),
        width=spec.width, height=spec.height, frame_count=spec.frames, fps=spec.fps,
    )  # fmt: skip
    _write_json(layout.posetrack, write_posetrack(_in(truth, POSETRACK, layout, frames), video))
    _write_json(layout.coco, write_coco([_in(truth, COCO17, layout, frames)], {layout.name: video}))
    layout.sheet.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(
        open_video(str(layout.images)), truth.convert(conversion(POINTS, COCO17)), _SHEET_FRAMES, layout.sheet
    )
    _write_json(layout.origin, origin | {"complete": True})


def _draw(
    layout: Layout, spec: ClipSpec, casting: Casting, progress: Callable[[], None]
) -> tuple[Instances, list[FrameLabel]]:
    """Write the pictures; everyone in them, and what there is to say of each frame."""
    people, frames = [], []
    first_id = SequenceIds.of(layout.name, spec.frames).first_image_id
    for drawn in synthesize(spec, casting, POINTS):
        index = drawn.frame.frame_index
        name = f"{index:06d}.jpg"
        _, data = cv2.imencode(".jpg", drawn.frame.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        (layout.images / name).write_bytes(data.tobytes())
        people.append(drawn.people)
        file_name = f"images/{layout.split}/{layout.name}/{name}"
        frames.append(FrameLabel(index, first_id + index, file_name, ignore_regions=drawn.ignore_regions))
        progress()
    truth = Instances.concat(people)
    return truth.replace(person_id=layout.number * _PEOPLE_PER_SEQUENCE + truth.track_id.astype(np.int64)), frames


def _in(truth: Instances, skeleton: Skeleton, layout: Layout, frames: list[FrameLabel]) -> LabelSet:
    return LabelSet(layout.name, truth.convert(conversion(POINTS, skeleton)), tuple(frames))


def _write_json(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
