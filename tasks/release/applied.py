"""How many corrections of each video's log a release holds; kept in its commit, outside its digest."""

from collections.abc import Mapping

from poseloom.schemas.release import Release


def corrections_note(applied: Mapping[str, int]) -> dict[str, str]:
    """What a publisher says about the run; videos without corrections are left out."""
    return {f"corrections/{video_id}": str(count) for video_id, count in applied.items() if count}


def applied_corrections(release: Release, video_id: str) -> int:
    """Corrections of the video's log that are in the release's labels; 0 where it does not say."""
    return int(release.run.get(f"corrections/{video_id}", "0"))
