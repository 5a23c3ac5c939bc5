"""People who must be in the picture and have no label."""

import numpy as np

from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.schemas.arrays import Bool
from poseloom.schemas.flag import Flag, FlagKind


def missing_flags(path: Path, size: tuple[int, int], seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag per gap between two frames that show the person well inside the picture.

    Args:
        path: The person.
        size: Width and height of the picture in pixels.
        seconds_per_frame: Time from one frame to the next.
        settings: The limits.
    """
    seen = _in_view(path, size, settings)
    gaps = np.flatnonzero((np.diff(path.frames) > 1) & seen[1:] & seen[:-1]).tolist()
    return [_flag(path, int(path.frames[at]) + 1, int(path.frames[at + 1]), seconds_per_frame) for at in gaps]


def _in_view(path: Path, size: tuple[int, int], settings: FlagSettings) -> Bool:
    """(N,) whether about as much of the person is in the picture as usually is."""
    inside = path.labelled & (path.xy >= 0).all(axis=-1) & (path.xy < np.array(size)).all(axis=-1)
    count = inside.sum(axis=1)
    return np.asarray((count > 0) & (count >= settings.missing_share * np.median(count)))


def _flag(path: Path, start: int, end: int, seconds_per_frame: float) -> Flag:
    seconds = (end - start) * seconds_per_frame
    return Flag(
        kind=FlagKind.MISSING,
        frame_index=start,
        start_frame=start,
        end_frame=end,
        track_id=path.track_id,
        severity=seconds,
        expected="a label: the person is in the picture before and after",
        found=f"none for {seconds:.2f} s",
    )
