"""People of an asset pack."""

from functools import cached_property, lru_cache

import numpy as np

from poseloom.models.synthetic.bodies import Activity
from poseloom.models.synthetic.mesh.body import MeshBody
from poseloom.models.synthetic.mesh.demands import check_pack
from poseloom.models.synthetic.mesh.footing import believable
from poseloom.models.synthetic.mesh.looks import chosen
from poseloom.models.synthetic.mesh.loop import Loop, looped, mirrored
from poseloom.models.synthetic.mesh.person import Person, dressed
from poseloom.models.synthetic.mesh.retarget import recorded
from poseloom.models.synthetic.mesh.segments import weights_by_segment
from poseloom.schemas.arrays import F32
from poseloom.schemas.assets import AssetPack, MotionCapture, MotionClip
from poseloom.schemas.errors import InputError

_PEOPLE_KEPT = 32
_LOOPS_KEPT = 128

_LABELS: dict[Activity, tuple[str, ...]] = {
    "walk": ("walking",),
    "run": ("running",),
    "gesture": ("directing_traffic", "basketball_signal", "washwindow"),
    "dance": ("salsa", "indian", "martial"),
}
_STRETCH_S: dict[Activity, tuple[float, float, float]] = {
    "walk": (0.8, 1.6, 0.2),
    "run": (0.5, 1.0, 0.13),
    "gesture": (2.5, 6.0, 0.5),
    "dance": (2.5, 6.0, 0.5),
}
"""Shortest and longest loop (gait: one cycle), and how much of it is blended."""


class MeshCasting:
    """Makes people of an asset pack; the last 32 looks are kept.

    Args:
        pack: What they are made of.

    Raises:
        InputError: The pack was made for another body or another capture skeleton.
    """

    def __init__(self, pack: AssetPack) -> None:
        check_pack(pack)
        self._pack = pack
        self._person = lru_cache(maxsize=_PEOPLE_KEPT)(self._make_person)
        self._loop = lru_cache(maxsize=_LOOPS_KEPT)(self._make_loop)

    def body(self, look: int, activity: Activity, seed: int) -> MeshBody:
        """A person; equal looks give the same appearance, `seed` varies how they move.

        Raises:
            InputError: The pack lacks motion of that kind.
        """
        rng = np.random.default_rng((seed, 23))
        person = self._person(look)
        loop = self._any_loop(activity, rng)
        return MeshBody(person, loop, start_s=rng.uniform(0, 10), tempo=rng.uniform(0.9, 1.1))

    def _any_loop(self, activity: Activity, rng: np.random.Generator) -> Loop:
        clips = self._repertoire[activity]
        for number in rng.permutation(len(clips)):
            loop = self._loop(activity, int(number), bool(rng.random() < 0.5))
            if loop is not None:
                return loop
        raise InputError(f"expected motion for {activity!r} in the asset pack ({_LABELS[activity]}), found none")

    def _make_person(self, look: int) -> Person:
        return dressed(self._pack, self._weights, chosen(self._pack, look))

    def _make_loop(self, activity: Activity, number: int, mirror: bool) -> Loop | None:
        capture, clip = self._repertoire[activity][number]
        recording = recorded(capture, clip)
        shortest, longest, blend = _STRETCH_S[activity]
        travels = activity in {"walk", "run"}
        loop = looped(mirrored(recording) if mirror else recording, shortest, longest, blend, travels)
        return loop if loop is not None and believable(loop, lively=activity == "dance") else None

    @cached_property
    def _weights(self) -> F32:
        return weights_by_segment(self._pack.rig)

    @cached_property
    def _repertoire(self) -> dict[Activity, list[tuple[MotionCapture, MotionClip]]]:
        captures = self._pack.captures
        return {
            activity: [(capture, clip) for capture in captures for clip in capture.clips if clip.label in labels]
            for activity, labels in _LABELS.items()
        }
