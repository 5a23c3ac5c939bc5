"""Presentation order of a video file's pictures, from its packets' headers alone."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from poseloom.infra.video.container import opened

_TRUSTED_FORMATS = {"mov", "matroska"}
_ONE_PICTURE_PER_PACKET = {"h264", "hevc", "mpeg4", "vp8", "vp9", "av1", "mjpeg", "prores", "dnxhd", "ffv1", "png"}
_MAX_REORDER = 32
"""No codec shows a picture further from its place in decoding order."""


@dataclass(frozen=True)
class Timeline:
    """Presentation timestamps of all frames, strictly increasing, and the frames at which decoding may begin."""

    pts: tuple[int, ...]
    keyframes: tuple[int, ...]


def scan(path: Path) -> Timeline | None:
    """The timeline that the packets announce, or None where only decoding can tell.

    None means: a container or codec whose packets are no pictures, timestamps that are missing,
    repeated or out of bounds, packets that are damaged or not to be shown, a keyframe that later
    packets jump behind, or fewer packets than the header promises.

    Raises:
        VideoError: Not a video file.
    """
    pts: list[int | None] = []
    keys: list[bool] = []
    with opened(path) as (container, stream):
        kind = container.format.name.split(",")[0]
        sound = kind in _TRUSTED_FORMATS and stream.codec_context.name in _ONE_PICTURE_PER_PACKET
        promised = stream.frames
        try:
            for packet in container.demux(stream) if sound else ():
                if packet.size:
                    pts.append(packet.pts)
                    keys.append(packet.is_keyframe)
                    sound &= not (packet.is_corrupt or packet.is_discard)
        except av.FFmpegError:
            return None
    if not sound or promised not in (0, len(pts)):
        return None
    return timeline_of(pts, keys)


def timeline_of(pts: list[int | None], keys: list[bool]) -> Timeline | None:
    """The timeline of packets in decoding order, or None where their timestamps cannot be one."""
    known = [time for time in pts if time is not None]
    if not known or len(known) != len(pts) or not keys[0]:
        return None
    times, order = np.unique(np.array(known, dtype=np.int64), return_index=True)
    if len(times) != len(known) or np.abs(order - np.arange(len(order))).max() > _MAX_REORDER:
        return None
    decoded = np.array(known, dtype=np.int64)
    key_rows = np.flatnonzero(keys)
    newest_before = np.concatenate([[decoded[0] - 1], np.maximum.accumulate(decoded)])[key_rows]
    if (newest_before >= decoded[key_rows]).any():
        return None
    return Timeline(tuple(times.tolist()), tuple(np.searchsorted(times, decoded[key_rows]).tolist()))
