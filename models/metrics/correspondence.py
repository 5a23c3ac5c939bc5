"""CLEAR-MOT's bookkeeping of who is paired with whom, for J independent keypoints at once.

Semantics of motmetrics 1.2.5 (`mot.py`, `MOTAccumulator.update`; Bernardin & Stiefelhagen 2008), which
poseval uses; see `posetrack_mota`.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.metrics.pckh import MATCH_DISTANCE
from poseloom.schemas.arrays import F64, I64, Bool

_NOBODY = -1


class Correspondence:
    """Pairs of one sequence, frame by frame.

    Attributes:
        objects: (J,) truth seen so far.
        misses: (J,) of it without a partner.
        switches: (J,) of it with another partner than the last.
        false_positives: (J,) predictions without a partner.
        logged: (J,) distances in motmetrics' event log, which poseval sums up as MOTP: of every pair within
            reach, once more of the pairs made, and again where these change partners.
    """

    def __init__(self, truth_tracks: int, predicted_tracks: int, keypoints: int) -> None:
        self.objects, self.misses, self.switches, self.false_positives = np.zeros((4, keypoints), dtype=np.int64)
        self.logged = np.zeros(keypoints)
        self._partner = np.full((truth_tracks, keypoints), _NOBODY)
        self._chosen_by = np.full((predicted_tracks, keypoints), _NOBODY)

    def add(self, truth: I64, predicted: I64, present: tuple[Bool, Bool], distances: F64) -> None:
        """Pair the people of the next frame.

        Args:
            truth: (G,) track numbers, each once.
            predicted: (D,) track numbers, each once.
            present: (G, J) and (D, J) keypoints that are there.
            distances: (G, D, J) in head sizes, infinite where a side lacks the keypoint.
        """
        close = np.asarray(distances <= MATCH_DISTANCE)
        kept = self._kept(truth, predicted, close)
        free = close & ~kept.any(axis=1, keepdims=True) & ~kept.any(axis=0, keepdims=True)
        new = _pairs(free, present, distances)
        paired = (kept | new).sum(axis=(0, 1))
        self.objects += present[0].sum(axis=0)
        self.misses += present[0].sum(axis=0) - paired
        self.false_positives += present[1].sum(axis=0) - paired
        self.logged += _sum(distances, close) + _sum(distances, kept)
        self._change(truth, predicted, new, distances)

    def add_dummy(self) -> None:
        """Count a frame as one object and one prediction out of reach, for every keypoint."""
        self.objects += 1
        self.misses += 1
        self.false_positives += 1

    def _kept(self, truth: I64, predicted: I64, close: Bool) -> Bool:
        """(G, D, J) last partners within reach; a prediction goes to the first who claims it."""
        claims = close & np.equal(self._partner[truth][:, None], predicted[:, None])
        return np.asarray(claims & (np.cumsum(claims, axis=0) == 1))

    def _change(self, truth: I64, predicted: I64, new: Bool, distances: F64) -> None:
        """Make the (G, D, J) new pairs."""
        g, d, j = np.nonzero(new)
        t, p = truth[g], predicted[d]
        partner, chosen_by = self._partner[t, j], self._chosen_by[p, j]
        switch, transfer = partner != _NOBODY, (chosen_by != _NOBODY) & (chosen_by != t)
        # A truth or prediction that was paired before has a partner: the first pair is always a new one.
        ascend, migrate = switch & (chosen_by == _NOBODY), transfer & (partner == _NOBODY)
        times = 1 + ascend.astype(np.int64) + transfer + migrate
        np.add.at(self.switches, j[switch], 1)
        np.add.at(self.logged, j, times * distances[g, d, j])
        self._partner[t, j], self._chosen_by[p, j] = p, t


def _pairs(free: Bool, present: tuple[Bool, Bool], distances: F64) -> Bool:
    """(G, D, J) pairing of the free: most pairs first, then least distance."""
    contested = (free.sum(axis=0) > 1).any(axis=0) | (free.sum(axis=1) > 1).any(axis=0)
    pairs = free & ~contested
    for j in np.flatnonzero(contested):
        # Equal sums are broken by rows, columns and the cost of the impossible, so these are motmetrics'.
        everyone = np.ix_(np.flatnonzero(present[0][:, j]), np.flatnonzero(present[1][:, j]))
        possible, costs = free[:, :, j][everyone], distances[:, :, j][everyone]
        impossible = 1 + 2 * min(costs.shape) * (1 + costs[possible].max())
        rows, columns = linear_sum_assignment(np.where(possible, costs, impossible))
        pairs[everyone[0][rows, 0], everyone[1][0, columns], j] = possible[rows, columns]
    return np.asarray(pairs)


def _sum(distances: F64, where: Bool) -> F64:
    return np.asarray(distances.sum(axis=(0, 1), where=where))
