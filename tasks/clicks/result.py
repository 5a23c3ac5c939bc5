"""What the click benchmark found."""

from pydantic import BaseModel, ConfigDict

from poseloom.models.clicks.counting import ClicksNeeded, CurvePoint
from poseloom.models.clicks.images import ImageClicks


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VideoClicks(_Frozen):
    """One video.

    Attributes:
        name: Its name.
        tracklets: People of the truth.
        start_ap: AP of the predictions, percent.
        end_ap: AP after the last round, percent.
        rounds: Rounds that were run.
        clicks: Clicks until each target, in the order of the targets; all of them where it was not reached.
        reached: Whether each target was.
    """

    name: str
    tracklets: int
    start_ap: float
    end_ap: float
    rounds: int
    clicks: tuple[int, ...]
    reached: tuple[bool, ...]


class RunResult(_Frozen):
    """One strategy under one rule.

    Attributes:
        strategy: Its name.
        rule: How the oracle chooses frames.
        vnoc: Clicks until each target.
        ap_per_tracklet: AP in percent after 0, 1, 2, 3 clicks a tracklet, all videos together.
        ap_unclicked: The same without the person-frames on which the oracle acted.
        curve: AP against clicks.
        videos: One by one.
        seconds: How long it took.
    """

    strategy: str
    rule: str
    vnoc: tuple[ClicksNeeded, ...]
    ap_per_tracklet: tuple[float, ...]
    ap_unclicked: tuple[float, ...]
    curve: tuple[CurvePoint, ...]
    videos: tuple[VideoClicks, ...]
    seconds: float


class StrategyResult(_Frozen):
    """What does not depend on the rule.

    Attributes:
        strategy: Its name.
        ap_per_frame: AP in percent after 0, 1, 2, 3 clicks on every matched person of every frame.
        noc: Clicks on single images.
    """

    strategy: str
    ap_per_frame: tuple[float, ...]
    noc: tuple[ImageClicks, ...]


class ClickBenchmark(_Frozen):
    """Everything; floats in percent points or clicks.

    Attributes:
        protocol: Which one.
        similarity: What people are matched by.
        area: Areas of people in it.
        frames: Which frames count.
        tracker: Point tracker of the strategies that look at pictures.
        max_rounds: After so many rounds a video is unreached.
        runs: By strategy and rule.
        strategies: By strategy.
        notes: What was left out and why.
        nulls: Why a figure is null, by its place in this document.
    """

    protocol: str = "VNoC-1"
    similarity: str = "oks"
    area: str = "0.53 * box width * box height"
    frames: str = "labelled frames of the truth"
    tracker: str
    max_rounds: int
    runs: tuple[RunResult, ...]
    strategies: tuple[StrategyResult, ...]
    notes: tuple[str, ...] = ()
    nulls: dict[str, str] = {}
