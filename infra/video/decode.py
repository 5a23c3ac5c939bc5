"""Decoding the pictures of a video file, each with its exact frame index."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import av
from av.video.frame import PictureType

from poseloom.infra.video.container import opened
from poseloom.infra.video.timeline import Timeline
from poseloom.schemas.errors import VideoError

Picture = tuple[int, av.VideoFrame]


def timed_pictures(path: Path, timeline: Timeline, start_frame: int) -> Iterator[Picture]:
    """Pictures from `start_frame` on, every one checked against the timeline.

    Decoding begins at the last keyframe that leads to the first picture. Where a seek lands late, or on a
    picture that is not whole by itself (rolling intra refresh, files that mark every packet as a keyframe),
    it begins at earlier ones, and at last at the first picture.

    Raises:
        VideoError: The stream disagrees with the timeline.
    """
    for keyframe in _entries(timeline, start_frame):
        run = _run_from(path, timeline, keyframe, start_frame)
        first = next(run, None)
        if first is not None:
            yield first
            yield from run
            return
    raise VideoError(_disagreement(path, timeline, start_frame, "no such picture"))


def _entries(timeline: Timeline, start_frame: int) -> Iterator[int | None]:
    """Keyframes at or before a frame, nearest first, in growing steps; None is the start of the file."""
    before = [keyframe for keyframe in timeline.keyframes if 0 < keyframe <= start_frame]
    step = 1
    while len(before) >= step:
        yield before[-step]
        step *= 2
    yield None


def _run_from(path: Path, timeline: Timeline, keyframe: int | None, start_frame: int) -> Iterator[Picture]:
    """Pictures from `start_frame` on; nothing at all if this entry does not lead to it."""
    pts, expected = timeline.pts, start_frame
    try:
        for frame in _decoded(path, pts, keyframe, start_frame):
            if expected < len(pts) and frame.pts == pts[expected]:
                yield expected, frame
                expected += 1
            elif expected > start_frame:
                raise VideoError(_disagreement(path, timeline, expected, f"a picture at {frame.pts}"))
            elif frame.pts is None or frame.pts > pts[start_frame]:
                return
    except av.FFmpegError as error:
        if expected > start_frame:
            raise VideoError(_disagreement(path, timeline, expected, str(error.strerror))) from error
        return
    if start_frame < expected < len(pts):
        raise VideoError(_disagreement(path, timeline, expected, "no further picture"))


def _decoded(path: Path, pts: tuple[int, ...], keyframe: int | None, start_frame: int) -> Iterator[av.VideoFrame]:
    with opened(path) as (container, stream):
        if keyframe is None:
            yield from container.decode(stream)
            return
        container.seek(pts[keyframe], stream=stream)
        packets = itertools.dropwhile(lambda packet: not packet.is_keyframe, container.demux(stream))
        entry = next(packets, None)
        if entry is None or (begin := entry.pts) is None or begin > pts[start_frame]:
            return
        frames = itertools.chain.from_iterable(packet.decode() for packet in itertools.chain([entry], packets))
        whole = itertools.dropwhile(lambda frame: frame.pts is not None and frame.pts < begin, frames)
        first = next(whole, None)
        if first is not None and first.pts == begin and first.pict_type == PictureType.I:
            yield first
            yield from whole


def _disagreement(path: Path, timeline: Timeline, frame_index: int, got: str) -> str:
    wanted = f"at {timeline.pts[frame_index]}" if frame_index < len(timeline.pts) else "to be past the end"
    return (
        f"expected frame {frame_index} of {path} {wanted}, got {got}: the file is damaged, or was replaced "
        f"since it was probed; a damaged file may be saved by `ffmpeg -i {path.name} -c:v libx264 repaired.mp4`"
    )


def counted_pictures(path: Path) -> Iterator[Picture]:
    """Every picture that decodes, counted from the first; what does not decode is passed over.

    One thread, always from the start: even a damaged file gives the same pictures every time.

    Raises:
        VideoError: Not a video file.
    """
    with opened(path, threaded=False) as (container, stream):
        pictures = itertools.chain.from_iterable(_tolerant(container, stream))
        yield from enumerate(pictures)


def _tolerant(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[list[av.VideoFrame]]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            packet = None
        if packet is None or not packet.size:
            break
        try:
            yield packet.decode()
        except av.FFmpegError:
            continue
    yield stream.decode(None)
