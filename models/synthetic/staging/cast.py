"""Who plays: what everyone does and looks like."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.bodies import Activity, Body, Casting
from poseloom.models.synthetic.scene import BYSTANDER
from poseloom.models.synthetic.spec import ClipSpec

_ACTIVITIES: dict[tuple[str, str], tuple[Activity, ...]] = {
    ("slow", "apart"): ("walk", "gesture", "walk"),
    ("slow", "crossing"): ("walk", "walk", "walk", "gesture"),
    ("fast", "apart"): ("run", "dance"),
    ("fast", "crossing"): ("run", "dance", "run"),
}
_LOOKS = 1 << 31


@dataclass(frozen=True, eq=False)
class Member:
    """One person of the cast.

    Attributes:
        track_id: Identity, or `BYSTANDER`.
        activity: What they do.
        body: How they look and move.
    """

    track_id: int
    activity: Activity
    body: Body

    @property
    def moves(self) -> bool:
        """Whether they move along a path."""
        return self.activity in ("walk", "run")


def cast(spec: ClipSpec, casting: Casting, rng: np.random.Generator) -> tuple[Member, ...]:
    """The annotated people by track id, then the bystanders; who look alike wear one look."""
    turns = _ACTIVITIES[spec.motion, spec.paths]
    uniform = int(rng.integers(_LOOKS))
    members = []
    for person in range(spec.people + spec.bystanders):
        annotated = person < spec.people
        activity: Activity = turns[person % len(turns)] if annotated else ("walk", "gesture")[person % 2]
        own, seed = int(rng.integers(_LOOKS)), int(rng.integers(_LOOKS))
        body = casting.body(uniform if spec.alike and annotated else own, activity, seed)
        members.append(Member(person if annotated else BYSTANDER, activity, body))
    return tuple(members)
