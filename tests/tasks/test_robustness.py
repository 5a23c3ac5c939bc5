"""The robustness benchmark on videos whose answer is known."""

import numpy as np
import pytest

from poseloom.models.clicks.case import Case, case
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17
from poseloom.tasks.robustness import run_robustness

FRAMES = 12
WRIST = COCO17.index("left_wrist")


def texture(seed: int, blur: int) -> np.ndarray:
    """A picture with corners everywhere; a larger blur leaves less of them."""
    grey = np.random.default_rng(seed).integers(0, 255, (240 // blur, 320 // blur)).repeat(blur, 0).repeat(blur, 1)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def still(name: str, blur: int = 4, hidden: tuple[int, ...] = ()) -> Case:
    """One person on a picture that does not move; the left wrist is hidden in some frames."""
    xy = np.random.default_rng(1).uniform((80, 60), (240, 180), (17, 2))
    flags = np.full((FRAMES, 17), 2)
    flags[list(hidden), WRIST] = 1
    truth = Instances.build(
        COCO17, np.arange(FRAMES), np.tile(xy, (FRAMES, 1, 1)), flags, Source.IMPORTED,
        track_id=np.zeros(FRAMES), bbox_xywh=np.tile([80.0, 60.0, 160.0, 120.0], (FRAMES, 1)),
    )  # fmt: skip
    image = texture(7, blur)
    pictures = tuple(Frame(t, image) for t in range(FRAMES))
    return case(name, truth, Instances.empty(COCO17), np.arange(FRAMES), FRAMES, pictures)


def test_where_nothing_moves_tracking_keeps_everything_and_no_propagation_keeps_nothing() -> None:
    found = run_robustness([still("a")], ["none", "point_tracker", "poseloom"])
    kept = {s.strategy: next(k for k in s.kept if k.group == "all" and k.threshold == 0.95) for s in found.strategies}
    assert kept["none"].consecutive == 0
    assert kept["point_tracker"].consecutive == kept["point_tracker"].available == FRAMES - 1
    assert kept["poseloom"].consecutive == FRAMES - 1
    assert found.videos[0].corrected_frame == 0


def test_an_occlusion_is_recovered_by_those_who_follow_the_point() -> None:
    found = run_robustness([still("a", hidden=(4, 5, 6))], ["none", "point_tracker"])
    short = {s.strategy: next(r for r in s.recovery if r.length == "short") for s in found.strategies}
    assert (short["none"].events, short["none"].mean_frames, short["none"].rate) == (1, 3.0, 0.0)
    assert short["point_tracker"].rate == 100.0
    long = next(r for r in found.strategies[0].recovery if r.length == "long")
    assert (long.events, long.rate, long.mean_frames) == (0, None, None)


def test_the_least_sharp_third_is_blurred_and_the_sharpest_clear() -> None:
    found = run_robustness([still("middle", 4), still("sharp", 2), still("soft", 8)], ["none"])
    assert {video.name: video.group for video in found.videos} == {"middle": "all", "sharp": "clear", "soft": "blurred"}
    tracks = {kept.group: kept.tracks for kept in found.strategies[0].kept}
    assert tracks == {"all": 3, "blurred": 1, "clear": 1}


def test_a_video_without_pictures_cannot_be_measured() -> None:
    people = still("a")
    blind = case("blind", people.truth, people.predicted, people.frames, FRAMES)
    with pytest.raises(InputError, match="expected the video of blind, got labels without pictures"):
        run_robustness([blind], ["none"])


def test_no_video_is_an_error() -> None:
    with pytest.raises(InputError, match="expected a video to measure, got none"):
        run_robustness([], ["none"])
