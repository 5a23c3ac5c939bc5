"""Decoding the pictures of a video file, each with its exact frame index."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import av

from poseloom.infra.video.container import opened
from poseloom.infra.video.timeline import Timeline
from poseloom.schemas.errors import VideoError

Picture = tuple[int, av.VideoFrame]


def timed_pictures(path: Path, timeline: Timeline, start_frame: int) -> Iterator[Picture]:
    """Pictures from `start_frame` on, every one checked against the timeline.

    Decoding begins at the last keyframe that leads to the first picture; where a seek lands late or what
    follows it is incomplete (rolling refresh, open groups), at earlier ones, and at last at the first picture.

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
    raise VideoError(f"expected frame {start_frame} of {path} to decode, got no such picture; re-encode the file")


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
    for frame in _decoded(path, pts, keyframe, start_frame):
        if expected < len(pts) and frame.pts == pts[expected]:
            yield expected, frame
            expected += 1
        elif expected > start_frame:
            raise VideoError(_disagreement(path, timeline, expected, frame.pts))
        elif frame.pts is None or frame.pts > pts[start_frame]:
            return
    if start_frame < expected < len(pts):
        raise VideoError(_disagreement(path, timeline, expected, None))


def _decoded(path: Path, pts: tuple[int, ...], keyframe: int | None, start_frame: int) -> Iterator[av.VideoFrame]:
    with opened(path) as (container, stream):
        packets = container.demux(stream)
        if keyframe is not None:
            container.seek(pts[keyframe], stream=stream)
            packets = itertools.dropwhile(lambda packet: not packet.is_keyframe, packets)
            head = next(packets, None)
            if head is None or head.pts is None or head.pts > pts[start_frame]:
                return
            packets = itertools.chain([head], packets)
        for packet in packets:
            yield from packet.decode()


def _disagreement(path: Path, timeline: Timeline, frame_index: int, got: int | None) -> str:
    wanted = f"at {timeline.pts[frame_index]}" if frame_index < len(timeline.pts) else "to be the end of the stream"
    came = "nothing" if got is None else f"a picture at {got}"
    return (
        f"expected frame {frame_index} of {path} {wanted}, got {came}: "
        "the file is damaged, or was replaced since it was probed; if it is damaged, re-encode it"
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
