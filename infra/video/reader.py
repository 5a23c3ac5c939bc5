"""Probe a video once, open it many times."""

from pathlib import PurePosixPath

from poseloom.infra.video.folder import is_folder
from poseloom.infra.video.identity import content_id, source_stamp
from poseloom.infra.video.images import ImageFolderReader, probe_images
from poseloom.infra.video.index import VideoIndex
from poseloom.infra.video.movie import MovieReader, probe_movie
from poseloom.schemas.errors import VideoError


def probe(uri: str) -> VideoIndex:
    """Identity, exact frame count and seek index of a video file or image folder.

    Raises:
        VideoError: It cannot be read as a video; says what was found instead.
    """
    path = PurePosixPath(uri.rstrip("/"))
    return probe_images(uri, path.name) if is_folder(uri) else probe_movie(uri, path.stem)


def open_indexed(index: VideoIndex, uri: str) -> MovieReader | ImageFolderReader:
    """A reader for a video that was probed before, here or elsewhere.

    Raises:
        VideoError: What lies at the URI is no longer the probed video.
    """
    if source_stamp(uri) != index.stamp and (found := content_id(uri)) != index.video.video_id:
        raise VideoError(
            f"expected video {index.video.video_id} at {uri}, got {found}: it was replaced since it was probed"
        )
    return ImageFolderReader(index, uri) if index.frame_names else MovieReader(index, uri)


def open_video(uri: str) -> MovieReader | ImageFolderReader:
    """Probe and open a video.

    Raises:
        VideoError: It cannot be read as a video; says what was found instead.
    """
    return open_indexed(probe(uri), uri)
