"""Clips tile their video."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from poseloom.schemas.video import Clip, Video, cut


def _video(frames: int) -> Video:
    return Video(video_id="v", name="v", uri="v.mp4", width=4, height=3, frame_count=frames, fps=25)


@given(frames=st.integers(1, 500), size=st.integers(1, 600))
def test_cut_covers_every_frame_once_in_order(frames: int, size: int) -> None:
    clips = cut(_video(frames), size)
    assert [f for clip in clips for f in range(clip.start_frame, clip.end_frame)] == list(range(frames))
    assert max(len(clip) for clip in clips) <= size


def test_empty_clip_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"expected start_frame < end_frame, got \[5, 5\)"):
        Clip(video_id="v", start_frame=5, end_frame=5)
