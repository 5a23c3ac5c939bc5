import math
from collections.abc import Sequence

import numpy as np
import pytest

from poseloom.models.metrics.clear import clear, clear_evidence
from poseloom.models.metrics.sightings import Sighting, Sightings

Frame = tuple[Sequence[int], Sequence[int], Sequence[Sequence[float]]]


def seen(*frames: Frame) -> Sightings:
    """Frames as (truth tracks, predicted tracks, similarities)."""
    sightings = tuple(
        Sighting(np.array(t, dtype=np.int64), np.array(p, dtype=np.int64), np.array(s).reshape(len(t), len(p)))
        for t, p, s in frames
    )
    sizes = [np.bincount(np.concatenate([f[side] for f in frames]).astype(np.int64)) for side in (0, 1)]
    return Sightings(sightings, sizes[0], sizes[1])


def crowd(seed: int) -> Sightings:
    """Twelve people, ten predicted tracks that change sides, gaps and empty frames."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(10)
    frames = []
    for _ in range(40):
        if rng.random() < 0.1:
            names = rng.permutation(10)
        truth = np.flatnonzero(rng.random(12) < 0.8 * (rng.random() > 0.1))
        predicted = rng.permutation(np.flatnonzero(rng.random(10) < 0.8 * (rng.random() > 0.1)))
        similarity = 0.7 * rng.random((len(truth), len(predicted)))
        similarity[names[predicted] == truth[:, None]] = 0.8
        frames.append((truth.tolist(), predicted.tolist(), similarity.tolist()))
    return seen(*frames)


def test_perfect_tracks_score_100() -> None:
    figures = clear([clear_evidence(seen(*[([0, 1], [1, 0], [[0, 1], [1, 0]])] * 3))])
    assert (figures.mota, figures.motp, figures.objects) == (100, 100, 6)
    assert (figures.misses, figures.false_positives, figures.id_switches) == (0, 0, 0)


def test_misses_false_positives_and_switches_cost_the_same() -> None:
    frames = seen(
        ([0], [0], [[0.9]]),
        ([0], [1], [[0.7]]),  # a switch
        ([0], [], []),  # a miss
        ([0], [1, 2], [[0.8, 0.1]]),  # a false positive
    )
    figures = clear([clear_evidence(frames)])
    assert (figures.misses, figures.false_positives, figures.id_switches) == (1, 1, 1)
    assert figures.mota == pytest.approx(100 * (1 - 3 / 4))
    assert figures.motp == pytest.approx(100 * (0.9 + 0.7 + 0.8) / 3)


def test_a_pair_is_kept_although_another_prediction_lies_nearer() -> None:
    frames = seen(([0], [0], [[0.9]]), ([0], [0, 1], [[0.5, 0.99]]))
    assert clear([clear_evidence(frames)]).id_switches == 0


def test_a_pair_below_half_is_not_kept() -> None:
    frames = seen(([0], [0], [[0.9]]), ([0], [0, 1], [[0.49, 0.6]]))
    assert clear([clear_evidence(frames)]).id_switches == 1


def test_a_switch_is_counted_after_any_gap() -> None:
    frames = seen(([0], [0], [[0.9]]), *[([0], [], [])] * 5, ([0], [1], [[0.9]]))
    assert clear([clear_evidence(frames)]).id_switches == 1


def test_a_pair_is_kept_across_frames_without_predictions_but_not_across_a_miss() -> None:
    start: Frame = ([0], [0], [[0.9]])
    nobody_predicted: Frame = ([0, 1], [], [])
    missed: Frame = ([0, 1], [2], [[0], [0.9]])
    again: Frame = ([0], [0, 1], [[0.5, 0.99]])
    assert clear([clear_evidence(seen(start, nobody_predicted, again))]).id_switches == 0
    assert clear([clear_evidence(seen(start, missed, again))]).id_switches == 1


def test_counts_of_sequences_add_up() -> None:
    one, other = seen(([0], [0], [[0.9]])), seen(*[([0], [], [])] * 3)
    assert clear([clear_evidence(one), clear_evidence(other)]).mota == pytest.approx(25)


def test_without_truth_there_is_no_accuracy() -> None:
    figures = clear([clear_evidence(seen(([], [0], [])))])
    assert math.isnan(figures.mota)
    assert figures.false_positives == 1


# TrackEval 1.3.0 (PyPI), numpy 2.4, CLEAR().eval_sequence on crowd(seed):
# MOTA, MOTP, misses, false positives, switches.
TRACKEVAL = {
    1: (31.626506024096386, 76.97516941501632, 123, 62, 42),
    2: (21.904761904761905, 73.48640302307888, 106, 47, 93),
    3: (26.36363636363636, 74.80704471859706, 109, 54, 80),
}


@pytest.mark.parametrize("seed", TRACKEVAL)
def test_crowds_score_what_trackeval_gave(seed: int) -> None:
    mota, motp, misses, false_positives, switches = TRACKEVAL[seed]
    figures = clear([clear_evidence(crowd(seed))])
    assert (figures.misses, figures.false_positives, figures.id_switches) == (misses, false_positives, switches)
    assert (figures.mota, figures.motp) == pytest.approx((mota, motp), abs=1e-9)


def test_crowds_together_score_what_trackeval_combined() -> None:
    figures = clear([clear_evidence(crowd(seed)) for seed in TRACKEVAL])
    assert figures.mota == pytest.approx(26.714431934493348, abs=1e-9)
