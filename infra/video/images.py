"""Image folders as videos: probing them, and reading their frames."""

from collections.abc import Iterator

from poseloom.infra.video.folder import images_of
from poseloom.infra.video.identity import content_id, source_stamp
from poseloom.infra.video.index import VideoIndex
from poseloom.infra.video.movie import check_range, check_size
from poseloom.infra.video.picture import rgb_of, stored_size
from poseloom.infra.video.remote import filesystem, reaching
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import VideoError
from poseloom.schemas.ports import Frame
from poseloom.schemas.video import Video


def probe_images(uri: str, name: str) -> VideoIndex:
    """Index an image folder: frame N is its N-th picture by number, whatever numbers are missing.

    Raises:
        VideoError: No pictures, an unreadable one, or pictures of several sizes.
    """
    stamp, video_id = source_stamp(uri), content_id(uri)
    names = tuple(image.name for image in images_of(uri))
    sizes = [stored_size(_read(uri, image), f"{uri}/{image}") for image in names]
    for image, size in zip(names, sizes, strict=True):
        if size != sizes[0]:
            expected = f"{sizes[0][0]}x{sizes[0][1]} as {names[0]}"
            raise VideoError(f"expected pictures of one size, {expected}, got {size[0]}x{size[1]} in {uri}/{image}")
    height, width = rgb_of(_read(uri, names[0]), f"{uri}/{names[0]}").shape[:2]
    return VideoIndex(
        video=Video(video_id=video_id, name=name, uri=uri, width=width, height=height, frame_count=len(names), fps=0.0),
        stamp=stamp,
        frame_names=names,
    )


def picture_named(uri: str, name: str) -> U8 | None:
    """(H, W, 3) uint8 RGB picture of that file name in a folder, whose pictures may have any sizes.

    None where there is no such file, or no folder.

    Raises:
        VideoError: It does not decode.
    """
    fs, path = filesystem(uri)
    with reaching(uri):
        if not fs.isfile(f"{path.rstrip('/')}/{name}"):
            return None
    return rgb_of(_read(uri, name), f"{uri}/{name}")


def _read(uri: str, name: str) -> bytes:
    fs, path = filesystem(uri)
    with reaching(f"{uri}/{name}"):
        data: bytes = fs.cat_file(f"{path.rstrip('/')}/{name}")
        return data


class ImageFolderReader:
    """Frames of an image folder."""

    def __init__(self, index: VideoIndex, uri: str) -> None:
        self.video = index.video
        self.frame_names = index.frame_names
        self.warnings = index.warnings
        self._uri = uri.rstrip("/")

    def frames(self, start_frame: int, end_frame: int) -> Iterator[Frame]:
        """Decode the half-open range in order; see `VideoReader.frames`."""
        check_range(self.video, start_frame, end_frame)
        return (self._frame(frame_index) for frame_index in range(start_frame, end_frame))

    def _frame(self, frame_index: int) -> Frame:
        name = self.frame_names[frame_index]
        frame = Frame(frame_index, rgb_of(_read(self._uri, name), f"{self._uri}/{name}"))
        check_size(self.video, frame, name)
        return frame
