"""A release goes to another tool, comes back edited, and the next release says what the person said."""

import re
from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.storage import open_store
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.tasks.release.labels import read_labels
from tests.fixtures.clips import Clip
from tests.fixtures.command import curate, poseloom

FRAME = 14
"""Between the labelled frames 10 and 20: everything there was propagated."""


def _released(workspace: Path) -> Instances:
    ((_, people),) = read_labels(open_store(workspace), "latest", dropped=True)
    return people


def _row(people: Instances, frame: int, track: int) -> int:
    (row,) = np.flatnonzero((people.frame_index == frame) & (people.track_id == track))
    return int(row)


@pytest.mark.slow
def test_keypoint_dragged_in_cvat_is_in_the_next_release(clip: Clip, tmp_path: Path) -> None:
    workspace, file = tmp_path / "out", tmp_path / "street.xml"
    assert poseloom(*curate(clip, workspace)).code == 0
    before = _released(workspace)
    assert poseloom("corrections", "export", "-w", workspace, "--out", file).code == 0

    skeleton = re.compile(rf'(<skeleton frame="{FRAME}".*?label="left_wrist"[^>]*points=")[^"]*(")', re.DOTALL)
    file.write_text(skeleton.sub(r"\g<1>61.25,70.50\g<2>", file.read_text(), count=1))
    ended = poseloom("corrections", "import", file, "-w", workspace, "--annotator", "ada")
    assert "60 frames: 1 keypoints placed" in ended.out, ended.err

    assert poseloom(*curate(clip, workspace)).code == 0
    after = _released(workspace)
    slot = after.skeleton.index("left_wrist")
    row = _row(after, FRAME, 0)
    assert after.keypoints_xy[row, slot].tolist() == [61.25, 70.5]
    assert after.source[row, slot] == Source.CORRECTED
    far = (before.frame_index == 55) & (before.track_id == 1)
    assert (after.keypoints_xy[(after.frame_index == 55) & (after.track_id == 1)] == before.keypoints_xy[far]).all()

    withdrawal = ("corrections", "withdraw", "0", "-w", workspace, "--video", "street", "--annotator", "ada")
    assert poseloom(*withdrawal).code == 0
    assert poseloom(*curate(clip, workspace)).code == 0
    again = _released(workspace)
    assert (again.keypoints_xy == before.keypoints_xy).all()
    assert (again.source == before.source).all()
