"""Video files: probing them, and reading their frames."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from poseloom.infra.video.container import Developer, opened
from poseloom.infra.video.decode import counted_pictures, timed_pictures
from poseloom.infra.video.identity import content_id, source_stamp
from poseloom.infra.video.index import VideoIndex
from poseloom.infra.video.remote import local_copy
from poseloom.infra.video.timeline import Timeline, scan, timeline_of
from poseloom.schemas.errors import VideoError
from poseloom.schemas.ports import Frame
from poseloom.schemas.video import Video

_MAX_FPS = 1000.0


def probe_movie(uri: str, name: str) -> VideoIndex:
    """Index a video file: by its packets' headers where these can be trusted, else by decoding all of it.

    Raises:
        VideoError: Not a video file, or no picture in it decodes.
    """
    path = local_copy(uri)
    stamp, video_id = source_stamp(uri), content_id(uri)
    timeline = scan(path)
    if timeline is None or not _confirmed(path, timeline):
        timeline = _decoded_timeline(path)
    pictures = counted_pictures(path) if timeline is None else timed_pictures(path, timeline, 0)
    first = next(pictures, None)
    if first is None:
        raise VideoError(f"expected at least one picture that decodes in {uri}, got none")
    height, width = Developer().rgb(first[1]).shape[:2]
    count = len(timeline.pts) if timeline else 1 + sum(1 for _ in pictures)
    clock, promised, average = _header(path)
    warnings = []
    if promised > count:
        warnings.append(f"its header promises {promised} pictures, but only {count} decode: truncated or damaged")
    if timeline is None:
        warnings.append("it is damaged or its timestamps are unusable: every read decodes from its first picture")
    return VideoIndex(
        video=Video(
            video_id=video_id,
            name=name,
            uri=uri,
            width=width,
            height=height,
            frame_count=count,
            fps=_fps(timeline, clock, average),
        ),
        stamp=stamp,
        pts=timeline.pts if timeline else (),
        keyframes=timeline.keyframes if timeline else (),
        warnings=tuple(warnings),
    )


def _confirmed(path: Path, timeline: Timeline) -> bool:
    """Whether the first picture and the last group of pictures decode as the timeline says."""
    try:
        starts = any(not frame.is_corrupt for _, frame in itertools.islice(timed_pictures(path, timeline, 0), 1))
        tail = [frame.is_corrupt for _, frame in timed_pictures(path, timeline, timeline.keyframes[-1])]
    except VideoError:
        return False
    return starts and not any(tail) and len(tail) == len(timeline.pts) - timeline.keyframes[-1]


def _decoded_timeline(path: Path) -> Timeline | None:
    """The timeline of the pictures that come out of the decoder; None unless all is well with them."""
    shown: list[int | None] = []
    keys: set[int | None] = set()
    try:
        with opened(path) as (container, stream):
            for packet in container.demux(stream):
                if packet.is_keyframe:
                    keys.add(packet.pts)
                shown.extend(None if frame.is_corrupt else frame.pts for frame in packet.decode())
    except av.FFmpegError:
        return None
    times = [time for time in shown if time is not None]
    if len(times) != len(shown) or any(b <= a for a, b in itertools.pairwise(times)):
        return None
    timeline = timeline_of(shown, [k == 0 or time in keys for k, time in enumerate(shown)])
    return timeline if timeline is not None and _confirmed(path, timeline) else None


def _header(path: Path) -> tuple[Fraction, int, float]:
    """Seconds per tick, number of pictures promised (0: unknown), and the average frame rate it states."""
    with opened(path) as (_, stream):
        rate = stream.average_rate or stream.guessed_rate
        return stream.time_base or Fraction(0), stream.frames, float(rate or 0)


def _fps(timeline: Timeline | None, clock: Fraction, stated: float) -> float:
    if timeline is not None and len(timeline.pts) > 1 and clock:
        intervals = len(timeline.pts) - 1
        return float(Fraction(intervals) / (clock * (timeline.pts[-1] - timeline.pts[0])))
    return stated if stated <= _MAX_FPS else 0.0


class MovieReader:
    """Frames of a video file.

    Pictures must all have the size of the first one: a video that changes its resolution has no single
    coordinate frame for its labels.
    """

    def __init__(self, index: VideoIndex, uri: str) -> None:
        self.video = index.video
        self.frame_names = index.frame_names
        self.warnings = index.warnings
        self._timeline = Timeline(index.pts, index.keyframes) if index.pts else None
        self._uri = uri

    def frames(self, start_frame: int, end_frame: int) -> Iterator[Frame]:
        """Decode the half-open range in order; see `VideoReader.frames`."""
        check_range(self.video, start_frame, end_frame)
        return self._frames(start_frame, end_frame) if start_frame < end_frame else iter(())

    def _frames(self, start_frame: int, end_frame: int) -> Iterator[Frame]:
        path = local_copy(self._uri)
        pictures = (
            timed_pictures(path, self._timeline, start_frame)
            if self._timeline
            else itertools.dropwhile(lambda picture: picture[0] < start_frame, counted_pictures(path))
        )
        developer = Developer()
        come = 0
        for frame_index, picture in itertools.islice(pictures, end_frame - start_frame):
            frame = Frame(frame_index, developer.rgb(picture))
            check_size(self.video, frame)
            come += 1
            yield frame
        if come < end_frame - start_frame:
            raise VideoError(
                f"expected frames up to {end_frame} of {self._uri}, got {start_frame + come}: "
                "the file was replaced since it was probed"
            )


def check_range(video: Video, start_frame: int, end_frame: int) -> None:
    """Refuse a frame range outside the video.

    Raises:
        VideoError: Names the range and the frame count.
    """
    if not 0 <= start_frame <= end_frame <= video.frame_count:
        raise VideoError(
            f"expected a frame range within [0, {video.frame_count}) of {video.name}, got [{start_frame}, {end_frame})"
        )


def check_size(video: Video, frame: Frame, name: str = "") -> None:
    """Refuse a picture that has another size than the video's first.

    Raises:
        VideoError: Names the frame and both sizes.
    """
    height, width = frame.image.shape[:2]
    if (width, height) != (video.width, video.height):
        where = f"frame {frame.frame_index}{f' ({name})' if name else ''} of {video.uri}"
        raise VideoError(
            f"expected pictures of one size, {video.width}x{video.height}, got {width}x{height} at {where}"
        )
