"""Propagated keypoints, before they are folded into instances."""

from dataclasses import dataclass, fields

import numpy as np

from poseloom.schemas.arrays import F64, I64, Bool


@dataclass(frozen=True)
class Placements:
    """P propagated keypoints.

    Attributes:
        track_id: (P,) person.
        keypoint: (P,) slot of the skeleton.
        frame_index: (P,) frame.
        xy: (P, 2) pixels.
        score: (P,) probability of being within half a head of the truth.
        before: (P,) row of the anchor before the frame, or -1.
        after: (P,) row of the anchor after the frame, or -1.
    """

    track_id: I64
    keypoint: I64
    frame_index: I64
    xy: F64
    score: F64
    before: I64
    after: I64

    @classmethod
    def concat(cls, parts: "list[Placements]") -> "Placements":
        """All placements of the parts; none for no parts."""
        none = np.zeros(0, dtype=np.int64)
        empty = cls(none, none, none, np.zeros((0, 2)), np.zeros(0), none, none)
        return cls(*(np.concatenate([getattr(p, f.name) for p in [empty, *parts]]) for f in fields(cls)))

    def select(self, rows: I64 | Bool) -> "Placements":
        """The placements of an index or mask."""
        return Placements(*(getattr(self, f.name)[rows] for f in fields(self)))
