"""Annotation rules: a declarative, versioned set that says what an instance must satisfy.

A rule set is TOML: one table per rule with its `action` and thresholds, and `[checks]` for the whole
release. What is not mentioned keeps its default::

    version = 1

    [visible_keypoints]
    minimum = 10

    [track_gap]
    action = "drop"
"""

import tomllib
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from poseloom.schemas.errors import RuleError
from poseloom.schemas.ids import canonical_json, content_digest
from poseloom.schemas.skeleton import COCO17, Skeleton

RULES_VERSION: Literal[1] = 1


class Rule(BaseModel):
    """A rule; ``drop`` keeps failing instances out of the release, ``warn`` only counts them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    action: Literal["drop", "warn", "off"] = "warn"


class VisibleKeypoints(Rule):
    """Enough visible keypoints; visible is visibility 2, so located but occluded (1) does not count.

    `minimum` is for COCO-17's 17 keypoints. The number that may be missing is the same for every
    skeleton, so one of U used keypoints needs ``minimum - (17 - U)``: 8 becomes 6 on PoseTrack's 15.
    """

    action: Literal["drop", "warn", "off"] = "drop"
    minimum: int = Field(default=8, ge=0, le=17)

    def required(self, skeleton: Skeleton) -> int:
        """Visible keypoints that an instance of the skeleton needs."""
        return max(0, self.minimum - (len(COCO17) - len(skeleton.used)))


class Sharpness(Rule):
    """Variance of the Laplacian on the person crop; instances without a measurement pass."""

    action: Literal["drop", "warn", "off"] = "drop"
    minimum: float = Field(default=15.0, ge=0)


class Scale(Rule):
    """Height in pixels and area in square pixels of the box (of the keypoints where there is none)."""

    action: Literal["drop", "warn", "off"] = "drop"
    min_height: float = Field(default=32.0, ge=0)
    min_area: float = Field(default=512.0, ge=0)


class InImage(Rule):
    """Share of the labelled keypoints inside the picture."""

    action: Literal["drop", "warn", "off"] = "drop"
    min_share: float = Field(default=0.5, ge=0, le=1)


class Box(Rule):
    """All labelled keypoints lie in the box, widened on each side by `margin` of its size; no box passes."""

    margin: float = Field(default=0.1, ge=0)


class UniqueTrack(Rule):
    """No second instance of the track in the frame; unlinked instances pass."""

    action: Literal["drop", "warn", "off"] = "drop"


class Duplicate(Rule):
    """No better instance of the same person in the frame.

    Two instances are the same person at `max_oks` over three or more shared keypoints and `min_iou`
    of their boxes; the one with the highest source, then the first, is the better.
    """

    action: Literal["drop", "warn", "off"] = "drop"
    max_oks: float = Field(default=0.9, gt=0, le=1)
    min_iou: float = Field(default=0.5, gt=0, le=1)


class LimbLength(Rule):
    """No limb longer than `max_ratio` times its median in the track.

    The median is over at most 101 evenly spaced instances, three at least. Limbs shorter than
    `min_size` of the box's diagonal pass.
    """

    max_ratio: float = Field(default=2.5, gt=1)
    min_size: float = Field(default=0.15, ge=0)


class Velocity(Rule):
    """No keypoint moves more than `max_speed` box diagonals a frame since the track's last instance."""

    max_speed: float = Field(default=0.3, gt=0)


class Flip(Rule):
    """Left and right do not swap between a track's instances at most `max_frames` apart.

    They do where the left-right axes of all pairs point, on the whole, the opposite way (cosine
    below `min_cosine`) and are longer than `min_size` of the box's diagonal.
    """

    min_cosine: float = Field(default=-0.5, ge=-1, le=1)
    min_size: float = Field(default=0.08, ge=0)
    max_frames: int = Field(default=2, ge=1)


class TrackGap(Rule):
    """The track's last instance is at most `max_frames` unseen frames ago."""

    max_frames: int = Field(default=25, ge=0)


class Checks(BaseModel):
    """What the release as a whole must satisfy."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_kept_rows: int = Field(default=1, ge=0)
    min_kept_share: float = Field(default=0.0, ge=0, le=1)


class RuleSet(BaseModel):
    """All rules of a release."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = RULES_VERSION
    visible_keypoints: VisibleKeypoints = VisibleKeypoints()
    sharpness: Sharpness = Sharpness()
    scale: Scale = Scale()
    in_image: InImage = InImage()
    box: Box = Box()
    unique_track: UniqueTrack = UniqueTrack()
    duplicate: Duplicate = Duplicate()
    limb_length: LimbLength = LimbLength()
    velocity: Velocity = Velocity()
    flip: Flip = Flip()
    track_gap: TrackGap = TrackGap()
    checks: Checks = Checks()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the complete rule set, defaults included; goes into every manifest."""
        return content_digest(canonical_json(self.model_dump(mode="json")))

    def named(self, *actions: str) -> tuple[str, ...]:
        """Names of the rules that have one of the actions, in declared order."""
        rules = {name: getattr(self, name) for name in type(self).model_fields}
        return tuple(name for name, rule in rules.items() if isinstance(rule, Rule) and rule.action in actions)


def parse_rules(text: str, name: str = "rules") -> RuleSet:
    """The rule set of a TOML text.

    Args:
        text: The TOML.
        name: What to call it in errors, usually the file.

    Raises:
        RuleError: Names the line of a syntax error, or the field of an unknown rule or bad value.
    """
    try:
        return RuleSet.model_validate(tomllib.loads(text), strict=True)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"expected TOML in {name}, got: {error}") from error
    except ValidationError as error:
        raise RuleError(_explain(error, name)) from error


def _explain(error: ValidationError, name: str) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"expected a valid {field} in {name}, got {problem['input']!r}: {problem['msg']}"
    parent = problem["loc"][:-1]
    owner: type[BaseModel] = type(getattr(RuleSet(), str(parent[0]))) if parent else RuleSet
    return f"expected one of {', '.join(owner.model_fields)} in {name}, got {field}"
