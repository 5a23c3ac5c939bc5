"""Videos as the pipeline reads them: found, identified by content, and decoded picture by picture."""

from poseloom.infra.encoder import write_video
from poseloom.infra.video.find import find_videos
from poseloom.infra.video.identity import content_id
from poseloom.infra.video.images import picture_named
from poseloom.infra.video.index import VideoIndex
from poseloom.infra.video.reader import open_indexed, open_video, probe

__all__ = [
    "VideoIndex",
    "content_id",
    "find_videos",
    "open_indexed",
    "open_video",
    "picture_named",
    "probe",
    "write_video",
]
