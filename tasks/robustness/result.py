"""What the robustness benchmark found."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Group = Literal["all", "blurred", "clear"]
Length = Literal["short", "long"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VideoSharpness(_Frozen):
    """One video.

    Attributes:
        name: Its name.
        sharpness: Mean over its frames of the variance of the Laplacian.
        group: ``blurred`` for the least sharp third of the videos, ``clear`` for the sharpest.
        corrected_frame: The frame that was corrected: the most blurred of the first half.
    """

    name: str
    sharpness: float
    group: Group
    corrected_frame: int


class FramesKept(_Frozen):
    """Frames that stay right after one correction.

    Attributes:
        group: Videos it is about.
        threshold: OKS that counts as right, 0..1.
        tracks: People corrected.
        available: Mean labelled frames of a person after the correction: more cannot be kept.
        consecutive: Mean of those before the first wrong one.
        total: Mean of those that are right.
        all_keypoints: Mean of those before the first in which any keypoint is wrong.
        consecutive_by_video: Mean over videos of each video's mean of `consecutive`.
    """

    group: Group
    threshold: float
    tracks: int
    available: float | None
    consecutive: float | None
    total: float | None
    all_keypoints: float | None
    consecutive_by_video: float | None


class OcclusionRecovery(_Frozen):
    """Keypoints found again after an occlusion.

    Attributes:
        length: ``short`` up to 30 frames, ``long`` beyond.
        threshold: Similarity of the keypoint that counts as found, 0..1.
        events: Occlusions.
        mean_frames: Mean duration.
        rate: Percent of the events.
    """

    length: Length
    threshold: float
    events: int
    mean_frames: float | None
    rate: float | None


class StrategyRobustness(_Frozen):
    """One strategy.

    Attributes:
        strategy: Its name.
        kept: By group and threshold.
        recovery: By length and threshold.
        seconds: How long it took.
    """

    strategy: str
    kept: tuple[FramesKept, ...]
    recovery: tuple[OcclusionRecovery, ...]
    seconds: float


class RobustnessBenchmark(_Frozen):
    """Everything.

    Attributes:
        similarity: What right means.
        area: Areas of people in it.
        frames: Which frames count.
        hidden: What an occlusion is.
        tracker: Point tracker of the strategies that look at pictures.
        videos: One by one, in the order given.
        strategies: By strategy.
        notes: What to know before using a figure.
    """

    similarity: str = "oks"
    area: str = "0.53 * box width * box height"
    frames: str = "labelled frames of the truth in which the person has a labelled keypoint"
    hidden: str = "visibility below 2, or no person, in a labelled frame between two frames with visibility 2"
    tracker: str
    videos: tuple[VideoSharpness, ...]
    strategies: tuple[StrategyRobustness, ...]
    notes: tuple[str, ...] = ()
