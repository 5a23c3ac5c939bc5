"""From command-line arguments to the videos they mean."""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from poseloom.infra.video.folder import is_image, natural_key
from poseloom.infra.video.remote import filesystem, is_s3, reaching
from poseloom.schemas.errors import VideoError

VIDEO_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg",
    ".flv", ".wmv", ".asf", ".ogv", ".3gp", ".mxf", ".gif",
)  # fmt: skip
"""What counts as a video inside a folder; a file named outright may be called anything."""


def find_videos(arguments: Sequence[str]) -> list[str]:
    """URIs of the videos that the arguments name.

    An argument is a video file, a folder of pictures (one video), a folder of either at any depth, a glob of these,
    or an ``s3://`` object, prefix or glob. Order: that of the arguments, and natural order within each; a
    video named twice counts once. Local results are absolute paths.

    Raises:
        VideoError: An argument that names no video.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        videos = _videos_of(argument)
        if not videos:
            raise VideoError(
                f"expected a video file, a folder of pictures, a folder or glob of either, or s3://…; "
                f"found no video at {argument}"
            )
        found.update(dict.fromkeys(videos))
    return list(found)


def _videos_of(argument: str) -> list[str]:
    place = argument if is_s3(argument) else os.path.abspath(os.path.expanduser(argument.removeprefix("file://")))
    fs, path = filesystem(argument if "://" in argument and not argument.startswith("file://") else place)
    with reaching(argument):
        if fs.exists(path) or not glob.has_magic(argument):
            return _videos_at(fs, path)
        matches = _ordered(fs.glob(path))
        return [video for match in matches for video in _videos_at(fs, match, named=False)]


def _videos_at(fs: Any, path: str, named: bool = True) -> list[str]:
    if fs.isfile(path):
        return [_uri(fs, path)] if named or _is_video(path) else []
    return [_uri(fs, video) for video in _ordered(_videos_among(path, fs.find(path)))]


def _videos_among(folder: str, files: Iterable[str]) -> set[str]:
    """Video files, and the folders that hold pictures directly; nothing hidden."""
    visible = [file for file in files if not _is_hidden(folder, file)]
    movies = {file for file in visible if _is_video(file)}
    folders = {file.rpartition("/")[0] for file in visible if is_image(PurePosixPath(file).name)}
    return movies | folders


def _ordered(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: (natural_key(path), path))


def _is_hidden(folder: str, file: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(file).relative_to(folder).parts)


def _is_video(path: str) -> bool:
    return path.lower().endswith(VIDEO_SUFFIXES)


def _uri(fs: Any, path: str) -> str:
    return f"s3://{path}" if "s3" in fs.protocol else path
