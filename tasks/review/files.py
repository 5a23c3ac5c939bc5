"""The labels of a job as a file to look at and to edit: PoseTrack JSON, or COCO for other skeletons."""

import json

from poseloom.schemas.formats.coco import write_coco
from poseloom.schemas.formats.posetrack import write_posetrack
from poseloom.schemas.formats.posetrack_ids import SequenceIds
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.skeleton import POSETRACK
from poseloom.tasks.review.take import Taken


def labels_file(taken: Taken) -> bytes:
    """Bytes of the file; frames and track ids are those of the video."""
    clip, entry = taken.job.clip, taken.entry
    ids = SequenceIds.of(entry.name, entry.frame_count)
    frames = tuple(
        FrameLabel(frame, ids.first_image_id + frame, f"{ids.folder}/{frame:06d}.jpg")
        for frame in range(clip.start_frame, clip.end_frame)
    )
    labels = LabelSet(entry.name, taken.instances, frames)
    if labels.skeleton == POSETRACK:
        document = write_posetrack(labels)
    else:
        document = write_coco([labels], {labels.name: entry.video()})
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode()
