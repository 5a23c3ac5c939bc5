"""From a spec to pictures and truth."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from poseloom.models.synthetic.bodies import POINTS, Casting
from poseloom.models.synthetic.procedural import ProceduralCasting
from poseloom.models.synthetic.rendered import Rendered
from poseloom.models.synthetic.rendering import render
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging import stage
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import Polygon
from poseloom.schemas.ports import Frame
from poseloom.schemas.skeleton import COCO17, Skeleton, conversion


@dataclass(frozen=True, eq=False)
class SyntheticClip:
    """A whole generated clip in memory.

    Attributes:
        frames: All pictures in order.
        truth: Everyone in every frame where they are in the picture, sorted by frame and track id.
        ignore_regions: By frame, polygons around people who are not annotated.
    """

    frames: tuple[Frame, ...]
    truth: Instances
    ignore_regions: tuple[tuple[Polygon, ...], ...]


def synthesize(spec: ClipSpec, casting: Casting | None = None, skeleton: Skeleton = COCO17) -> Iterator[Rendered]:
    """A generated clip, one picture with its truth at a time; equal arguments give equal bytes.

    Args:
        spec: What to generate.
        casting: Who plays; procedural people by default.
        skeleton: Skeleton of the truth, `COCO17` or `POSETRACK`.

    Raises:
        InputError: The spec asks for mesh people and there is no casting.
    """
    if casting is None and spec.bodies == "mesh":
        raise InputError("expected an asset pack for mesh people, got none")
    how = conversion(POINTS, skeleton)
    frames = render(spec, stage(spec, casting or ProceduralCasting()))
    return (replace(drawn, people=_labelled(drawn.people.convert(how))) for drawn in frames)


def _labelled(people: Instances) -> Instances:
    """Without those of whom the picture shows no keypoint: a sliver of a sleeve is nobody to annotate."""
    return people.select(np.flatnonzero((people.visibility > 0).any(axis=1)))


def pictures(drawn: Iterable[Rendered], people: list[Instances]) -> Iterator[Frame]:
    """Only the pictures, for writers of videos; the people of each go to the end of the list."""
    for one in drawn:
        people.append(one.people)
        yield one.frame


def synthesize_clip(spec: ClipSpec, casting: Casting | None = None, skeleton: Skeleton = COCO17) -> SyntheticClip:
    """All of a generated clip; see `synthesize`, which holds one picture at a time."""
    drawn = list(synthesize(spec, casting, skeleton))
    return SyntheticClip(
        frames=tuple(one.frame for one in drawn),
        truth=Instances.concat([one.people for one in drawn]),
        ignore_regions=tuple(one.ignore_regions for one in drawn),
    )
