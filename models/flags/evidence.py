"""How much a finding weighs, and how it is told."""

from poseloom.models.flags.episodes import Episode
from poseloom.models.flags.paths import Path
from poseloom.schemas.flag import Flag, FlagKind


def severity(seconds: float, share: float, value: float, limit: float) -> float:
    """Person-seconds expected to be wrong.

    Args:
        seconds: How long.
        share: Share of the person's keypoints, 0..1.
        value: What was measured.
        limit: From where on it is flagged; the certainty is 0 there and a half at twice the limit.
    """
    return float(seconds * share * max(0.0, 1 - limit / value))


def flagged(
    kind: FlagKind,
    path: Path,
    episode: Episode,
    weight: float,
    expected: str,
    found: str,
    keypoint: str | None = None,
) -> Flag:
    """The flag of an episode of one person."""
    return Flag(
        kind=kind,
        frame_index=int(path.frames[episode.worst]),
        start_frame=int(path.frames[episode.first]),
        end_frame=int(path.frames[episode.last]) + 1,
        track_id=path.track_id,
        keypoint=keypoint,
        severity=weight,
        expected=expected,
        found=found,
    )
