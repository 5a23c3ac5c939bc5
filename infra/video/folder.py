"""Image folders: a video whose frames are picture files named by number."""

import itertools
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from poseloom.infra.video.remote import filesystem, reaching, stamp_of
from poseloom.schemas.errors import VideoError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class ImageFile:
    """One picture of an image folder: its file name, path in the file system, and stamp."""

    name: str
    path: str
    stamp: str


def natural_key(name: str) -> tuple[Any, ...]:
    """Sort key that orders runs of digits by value: ``9.jpg`` before ``10.jpg``."""
    return tuple(
        (int(part), "") if part[0] in "0123456789" else (-1, part) for part in re.findall("[0-9]+|[^0-9]+", name)
    )


def is_folder(uri: str) -> bool:
    """Whether the URI is a folder (or S3 prefix) rather than a file."""
    fs, path = filesystem(uri)
    with reaching(uri):
        return bool(fs.isdir(path))


def images_of(uri: str) -> tuple[ImageFile, ...]:
    """The pictures of an image folder in frame order.

    Raises:
        VideoError: No pictures, or two pictures with one frame number.
    """
    fs, path = filesystem(uri)
    with reaching(uri):
        entries = [entry for entry in fs.ls(path, detail=True) if entry["type"] == "file"]
    images = [
        ImageFile(name=name, path=entry["name"], stamp=stamp_of(entry))
        for entry in entries
        if is_image(name := PurePosixPath(entry["name"]).name)
    ]
    if not images:
        raise VideoError(f"expected pictures ({', '.join(IMAGE_SUFFIXES)}) in {uri}, found none")
    ordered = tuple(sorted(images, key=lambda image: natural_key(_stem(image.name))))
    for one, other in itertools.pairwise(ordered):
        if natural_key(_stem(one.name)) == natural_key(_stem(other.name)):
            raise VideoError(f"expected one picture per frame number, got {one.name} and {other.name} in {uri}")
    return ordered


def is_image(name: str) -> bool:
    """Whether the file name is that of a frame (hidden files are not)."""
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")


def _stem(name: str) -> str:
    return PurePosixPath(name).stem
