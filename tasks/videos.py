"""Videos known to a workspace: probed once, opened anywhere."""

from poseloom.infra.video import VideoIndex, open_indexed, probe
from poseloom.schemas.errors import ObjectMissing
from poseloom.schemas.ports import Store, VideoReader
from poseloom.schemas.video import Video


def index_key(video_id: str) -> str:
    """Store key of a video's index."""
    return f"videos/{video_id}.json"


def read_index(store: Store, video_id: str) -> VideoIndex:
    """The index of a video that the workspace has met.

    Raises:
        ObjectMissing: It has not.
    """
    return VideoIndex.model_validate_json(store.read(index_key(video_id)))


def known_index(store: Store, video_id: str, uri: str) -> VideoIndex:
    """The video's index, probing it where the workspace has not met it yet.

    Raises:
        VideoError: Not a readable video.
    """
    try:
        return read_index(store, video_id)
    except ObjectMissing:
        index = probe(uri)
        store.write(index_key(video_id), index.model_dump_json().encode())
        return index


def open_stored(store: Store, video: Video) -> VideoReader:
    """Open a video whose index the workspace holds."""
    return open_indexed(read_index(store, video.video_id), video.uri)


def known_videos(store: Store) -> list[Video]:
    """Every video the workspace has met."""
    return [VideoIndex.model_validate_json(store.read(stored.key)).video for stored in store.list("videos")]
