"""Content identity of videos."""

import hashlib

from poseloom.infra.video.folder import images_of, is_folder
from poseloom.infra.video.remote import filesystem, local_copy, reaching, stamp_of

_ID_DIGITS = 16


def content_id(uri: str) -> str:
    """First 16 hex digits of the SHA-256 of a video's bytes.

    An image folder's digest covers the names and bytes of its pictures, ordered by name; other files do not count.

    Raises:
        VideoError: The source cannot be read.
    """
    digest = _folder_digest(uri) if is_folder(uri) else _file_digest(uri)
    return digest[:_ID_DIGITS]


def source_stamp(uri: str) -> str:
    """A text that changes when the source is replaced or touched; costs no read of its bytes.

    Raises:
        VideoError: The source cannot be reached.
    """
    if is_folder(uri):
        listing = "\n".join(f"{image.name} {image.stamp}" for image in images_of(uri))
        return hashlib.sha256(listing.encode()).hexdigest()[:32]
    fs, path = filesystem(uri)
    with reaching(uri):
        return stamp_of(fs.info(path))


def _file_digest(uri: str) -> str:
    with reaching(uri), local_copy(uri).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder_digest(uri: str) -> str:
    fs, _ = filesystem(uri)
    digest = hashlib.sha256()
    with reaching(uri):
        for image in sorted(images_of(uri), key=lambda image: image.name):
            digest.update(f"{image.name}\n{hashlib.sha256(fs.cat_file(image.path)).hexdigest()}\n".encode())
    return digest.hexdigest()
