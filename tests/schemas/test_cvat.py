"""CVAT for video 1.1, in files written by hand after its documentation."""

from pathlib import Path

import pytest

from poseloom.infra.labels import LabelFile, read_edited
from poseloom.schemas.edit_format import EditFormat
from poseloom.schemas.editing import Edited
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.person_rows import new_ids
from poseloom.schemas.skeleton import COCO17

NAMES = COCO17.keypoints
META = (
    "<meta><task><id>5</id><name>my task</name><size>10</size><mode>interpolation</mode>"
    "<start_frame>100</start_frame><stop_frame>109</stop_frame><frame_filter>step=3</frame_filter><labels>"
    "<label><name>person</name><type>skeleton</type><attributes></attributes></label>"
    + "".join(f"<label><name>{name}</name><type>points</type><parent>person</parent></label>" for name in NAMES)
    + "</labels><original_size><width>640</width><height>480</height></original_size>"
    "<source>street.mp4</source></task><dumped>2026-01-01</dumped></meta>"
)


def _points(label: str, x: str = "1.50,2.25", **flags: int) -> str:
    given = "".join(f' {name}="{value}"' for name, value in flags.items())
    return f'<points label="{label}" keyframe="1" points="{x}"{given}></points>'


def _skeleton(frame: int | str, *points: str, **attributes: str) -> str:
    given = "".join(f'<attribute name="{name}">{value}</attribute>' for name, value in attributes.items())
    return f'<skeleton frame="{frame}" keyframe="1" z_order="0">{"".join(points)}{given}</skeleton>'


def _track(number: int | str, *skeletons: str) -> str:
    return f'<track id="{number}" label="person" source="manual">{"".join(skeletons)}</track>'


def _read(*tracks: str, meta: str = META, head: str = '<?xml version="1.0" encoding="utf-8"?>\n') -> Edited:
    text = f"{head}<annotations><version>1.1</version>{meta}{''.join(tracks)}</annotations>"
    (edited,) = read_edited(LabelFile("back.xml", text.encode()))
    return edited


def test_outside_is_unlabelled_and_occluded_is_hidden() -> None:
    points = (_points("nose"), _points("left_eye", occluded=1), _points("right_eye", outside=1, occluded=1))
    people = _read(_track(4, _skeleton(100, *points))).labels.instances
    assert people.visibility[0, :4].tolist() == [2, 1, 0, 0]
    assert people.keypoints_xy[0, :3].tolist() == [[1.5, 2.25], [1.5, 2.25], [0, 0]]
    assert (people.frame_index.tolist(), people.track_id.tolist()) == ([100], [4])


def test_skeleton_that_is_all_outside_is_nobody() -> None:
    shown, gone = _skeleton(100, _points("nose")), _skeleton(103, _points("nose", outside=1))
    assert _read(_track(0, shown, gone)).labels.instances.frame_index.tolist() == [100]


def test_file_says_its_frames_and_names_its_video() -> None:
    found = _read(_track(0, _skeleton(100, _points("nose"))))
    assert sorted(found.frames or ()) == [100, 103, 106, 109]
    assert found.names == ("street", "street.mp4", "my task", "back")
    assert found.release is None


def test_identity_and_release_travel_in_attributes() -> None:
    known = _track(0, _skeleton(100, _points("nose"), track_id="41", release="1.2.0"))
    drawn = _track(1, _skeleton(103, _points("nose"), track_id="", release=""))
    found = _read(known, drawn)
    assert found.labels.instances.track_id.tolist() == [41, 42]
    assert found.new_tracks == {42}
    assert found.release == "1.2.0"


def test_boxes_and_polygons_are_not_people() -> None:
    box = (
        '<track id="1" label="car"><box frame="100" outside="0" occluded="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track>'
    )
    assert len(_read(box, _track(0, _skeleton(100, _points("nose")))).labels.instances) == 1


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (_track("x", _skeleton(100, _points("nose"))), "track 'x': expected an integer"),
        (_track(1 << 20, _skeleton(100, _points("nose"))), "expected an integer from 0 to 1048575, got '1048576'"),
        (_track(0, _skeleton(-1, _points("nose"))), "track '0': skeleton frame: expected an integer"),
        (_track(0, _skeleton("1e3", _points("nose"))), "skeleton frame: expected an integer"),
        (_track(0, _skeleton(100, _points("nose", "1.0"))), "track '0', frame 100, nose: expected points as x,y"),
        (_track(0, _skeleton(100, _points("nose", "nan,1"))), "frame 100, nose: expected points as x,y"),
        (_track(0, _skeleton(100, _points("nose", "1,inf"))), "frame 100, nose: expected points as x,y"),
        (_track(0, _skeleton(100, _points("nose", "1,2;3,4"))), "frame 100, nose: expected points as x,y"),
        (_track(0, _skeleton(100, _points("nose", outside=2))), "frame 100, nose: expected outside 0 or 1"),
        (_track(0, _skeleton(100, _points("tail"))), "frame 100, track 0: expected a keypoint of coco17"),
        (_track(0, _skeleton(100, _points("nose"), track_id="-3")), "attribute track_id: expected an integer"),
        ('<image id="0" name="a"></image>', "expected CVAT for video 1.1"),
        (_track(0, _skeleton(100, _points("nose")))[:-9], "expected XML"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(track: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        _read(track)


def test_people_of_two_releases_are_refused() -> None:
    tracks = [_track(i, _skeleton(100, _points("nose"), release=f"1.{i}.0")) for i in range(2)]
    with pytest.raises(LabelError, match=r"people of one release, got 1\.0\.0, 1\.1\.0"):
        _read(*tracks)


def test_another_kind_of_skeleton_is_refused() -> None:
    with pytest.raises(LabelError, match="expected the keypoints of coco17, posetrack, humanart21, got paw, tail"):
        _read(_track(0, _skeleton(0, _points("paw"), _points("tail"))), meta="")


def test_other_xml_is_refused() -> None:
    with pytest.raises(LabelError, match="expected <annotations>, got <svg>"):
        read_edited(LabelFile("x.xml", b"<svg></svg>"))


BOMB = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    "document_type",
    [
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]>',
        '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>",
        "<!DOCTYPE annotations>",
    ],
)
def test_document_types_are_refused_unread(document_type: str, tmp_path: Path) -> None:
    track = _track(0, _skeleton(100, _points("nose"), track_id="&a9;" if "a9" in document_type else "1"))
    with pytest.raises(LabelError, match=r"back\.xml: expected XML without a document type"):
        _read(track, head=document_type)


@pytest.mark.parametrize(
    "data", [b"<", b"<a>" * 200_000, b'<?xml version="1.0" encoding="no-such"?><a/>', b"<\x00>", b"<a>\xff\xfe</a>"]
)
def test_broken_xml_is_one_error(data: bytes) -> None:
    with pytest.raises(LabelError, match=r"x\.xml: expected XML|got <a>"):
        read_edited(LabelFile("x.xml", data), EditFormat.CVAT)


def test_huge_frame_ranges_are_refused() -> None:
    meta = "<meta><task><start_frame>0</start_frame><stop_frame>2000000000</stop_frame></task></meta>"
    with pytest.raises(LabelError, match="expected at most 10,000,000 frames"):
        _read(meta=meta)


def test_new_people_get_ids_that_nobody_in_the_file_has() -> None:
    assert new_ids([3, None, 0, None], "f") == ([3, 4, 0, 5], frozenset({4, 5}))
    with pytest.raises(LabelError, match="none left for 1 new people"):
        new_ids([(1 << 20) - 1, None], "f")
