"""What a pack has to hold so that people can be made of it."""

from collections.abc import Container, Iterable

from poseloom.models.synthetic.mesh.landmarks import EYES, VERTICES
from poseloom.models.synthetic.mesh.segments import SEGMENTS
from poseloom.schemas.assets import AssetPack
from poseloom.schemas.errors import InputError


def check_pack(pack: AssetPack) -> None:
    """Refuse a pack made for another body or another motion-capture skeleton.

    Raises:
        InputError: The body lacks vertices, joints or bones that keypoints and segments hang on, or a
            capture lacks joints.
    """
    if len(pack.body.vertices) <= max(VERTICES):
        got = len(pack.body.vertices)
        raise InputError(f"expected a body with more than {max(VERTICES)} vertices (hm08), got {got}: asset pack")
    _check_names("joints of the body", EYES, pack.body.joints)
    _check_names("bones of the rig", [segment.bone for segment in SEGMENTS], pack.rig.bones)
    for capture in pack.captures:
        joints = [segment.joint[capture.convention] for segment in SEGMENTS]
        _check_names(f"joints of the {capture.convention} capture", joints, capture.joints)


def _check_names(what: str, wanted: Iterable[str], given: Container[str]) -> None:
    missing = sorted({name for name in wanted if name not in given})
    if missing:
        raise InputError(f"expected {what} called {missing}, got none: asset pack")
