"""Carry what people said about keypoints to the frames around."""

from collections.abc import Iterable, Iterator

from poseloom.models.propagation.fill import fill_gaps, fill_tails
from poseloom.models.propagation.fold import fold
from poseloom.models.propagation.placements import Placements
from poseloom.models.propagation.plan import NO_ROW, Span, spans
from poseloom.models.propagation.settings import PropagationSettings
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import VideoError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, PointTracker

_Group = tuple[int, int, bool, bool]


def propagate(
    labels: Instances,
    start_frame: int,
    end_frame: int,
    frames: Iterator[Frame],
    tracker: PointTracker,
    settings: PropagationSettings,
) -> Instances:
    """All instances of ``[start_frame, end_frame)``: the labels, with what their anchors say in between.

    Between two anchors every frame gets a keypoint, fused from tracks in both directions and
    interpolation (`fusion.fuse_gap`). Beside a single anchor the tracked keypoint goes on until it
    drifts. What a person placed or removed is never touched; a model's keypoint gives way to a
    propagated one. The result for a frame does not depend on how the video is cut into ranges, and
    only the pictures of unfinished spans are held in memory.

    Args:
        labels: Linked instances, at least those of the result's frames and of `needed_frames`.
        start_frame: First frame of the result.
        end_frame: One past its last frame.
        frames: The pictures of `needed_frames`, in order; not read when there is nothing to do.
        tracker: Follows points through pictures.
        settings: Limits.

    Raises:
        VideoError: The pictures end, or begin, inside a gap between anchors.
    """
    groups: dict[_Group, list[Span]] = {}
    for span in spans(labels, start_frame, end_frame, settings):
        groups.setdefault((span.first, span.last, span.before != NO_ROW, span.after != NO_ROW), []).append(span)
    placed: list[Placements] = []
    for group, images in _pictures(groups, frames):
        if groups[group][0].is_gap:
            placed.append(fill_gaps(groups[group], images, labels, tracker))
        else:
            placed.append(fill_tails(groups[group], images, labels, tracker, settings))
    return fold(labels, Placements.concat(placed), start_frame, end_frame)


def _pictures(groups: Iterable[_Group], frames: Iterator[Frame]) -> Iterator[tuple[_Group, list[U8]]]:
    """Each group with its pictures, as soon as the last of them is there."""
    waiting = sorted(groups, key=lambda group: (group[1], group[0]))
    held: dict[int, U8] = {}
    while waiting:
        frame = next(frames, None)
        done = waiting if frame is None else [group for group in waiting if group[1] == frame.frame_index]
        if frame is not None and any(first <= frame.frame_index for first, *_ in waiting):
            held[frame.frame_index] = frame.image
        for group in done:
            yield group, _taken(group, held)
        waiting = waiting[len(done) :]
        oldest = min((group[0] for group in waiting), default=0)
        held = {index: image for index, image in held.items() if index >= oldest}


def _taken(group: _Group, held: dict[int, U8]) -> list[U8]:
    """The group's pictures; a span that is open towards the end may lack some: there the video ends."""
    first, last, _, closed = group
    images = [held[index] for index in range(first, last + 1) if index in held]
    if first not in held or (closed and len(images) <= last - first):
        got = f"{min(held)} to {max(held)}" if held else "none"
        raise VideoError(f"expected the pictures of frames {first} to {last} to propagate through, got {got}")
    return images
