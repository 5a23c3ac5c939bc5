"""Blame agrees with what corrections did to the labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poseloom.models.blame import blame
from poseloom.models.corrections import apply_corrections
from poseloom.schemas.correction import ChangeTrack, Correction, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

_WHERE = {"frame_index": st.integers(0, 2), "track_id": st.integers(0, 2)}
_KEYPOINT = st.sampled_from(["nose", "left_wrist"])
_EDITS = st.one_of(
    st.builds(MoveKeypoint, **_WHERE, keypoint=_KEYPOINT, x=st.floats(0, 99), y=st.floats(0, 99)),
    st.builds(RemoveKeypoint, **_WHERE, keypoint=_KEYPOINT),
    st.builds(RemoveInstance, **_WHERE),
    st.builds(ChangeTrack, **_WHERE, to_track_id=st.integers(0, 2), end_frame=st.integers(1, 3)),
)


@given(st.lists(_EDITS, min_size=1, max_size=12))
def test_every_corrected_keypoint_has_exactly_one_correction(edits: list[Edit]) -> None:
    log = [Correction(video_id="v", annotator=f"a{n}", edits=(edit,)) for n, edit in enumerate(edits)]
    start = Instances.build(COCO17, [0, 1], np.ones((2, 17, 2)), np.full((2, 17), 2), Source.PREDICTED, track_id=[0, 1])
    labels, found = apply_corrections(start, log), blame(log, COCO17)
    corrected = {
        (int(labels.frame_index[row]), int(labels.track_id[row]), int(slot))
        for row, slot in np.argwhere(labels.source == Source.CORRECTED)
    }
    assert corrected == {(*person, slot) for person, slots in found.items() for slot in slots}


def test_last_correction_is_blamed() -> None:
    move = MoveKeypoint(frame_index=0, track_id=0, keypoint="nose", x=1, y=1)
    log = [Correction(video_id="v", annotator=name, edits=(move,)) for name in ("ada", "bob")]
    assert blame(log, COCO17) == {(0, 0): {0: log[1].correction_id}}
