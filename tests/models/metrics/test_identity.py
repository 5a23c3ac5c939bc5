import math

import numpy as np
import pytest

from poseloom.models.metrics.identity import identity, identity_evidence
from poseloom.models.metrics.sightings import Sighting, Sightings

NOBODY: list[int] = []


def followed(truth: list[int], predicted: list[int], similarity: float = 1.0) -> Sightings:
    """One person a frame: truth track and predicted track, -1 for nobody."""
    frames = []
    for true_track, predicted_track in zip(truth, predicted, strict=True):
        g, p = (np.array([track] if track >= 0 else NOBODY, dtype=np.int64) for track in (true_track, predicted_track))
        frames.append(Sighting(g, p, np.full((len(g), len(p)), similarity)))
    sizes = [np.bincount([track for track in side if track >= 0]) for side in (truth, predicted)]
    return Sightings(tuple(frames), sizes[0], sizes[1])


def crowd(seed: int) -> Sightings:
    """Six people and nine predicted tracks near each other, with gaps."""
    rng = np.random.default_rng(seed)
    frames = []
    for _ in range(50):
        truth, predicted = np.flatnonzero(rng.random(6) < 0.7), np.flatnonzero(rng.random(9) < 0.6)
        near = 0.3 * (truth[:, None] == predicted % 6)
        frames.append(Sighting(truth, predicted, 0.7 * rng.random((len(truth), len(predicted))) + near))
    sizes = [np.bincount(np.concatenate([getattr(f, side) for f in frames])) for side in ("truth", "predicted")]
    return Sightings(tuple(frames), sizes[0], sizes[1])


def test_one_identity_throughout_scores_100() -> None:
    figures = identity([identity_evidence(followed([0] * 5, [0] * 5))])
    assert (figures.idf1, figures.idp, figures.idr) == (100, 100, 100)


def test_a_change_at_half_time_keeps_half() -> None:
    figures = identity([identity_evidence(followed([0] * 10, [0] * 5 + [1] * 5))])
    assert (figures.idf1, figures.idp, figures.idr) == (50, 50, 50)


def test_the_longer_part_gives_the_name() -> None:
    assert identity([identity_evidence(followed([0] * 10, [0] * 3 + [1] * 7))]).idf1 == pytest.approx(70)


def test_misses_lower_recall_and_strangers_precision() -> None:
    figures = identity([identity_evidence(followed([0, 0, 0, 0, -1], [0, 0, 0, -1, 1]))])
    assert figures.idr == figures.idp == pytest.approx(75)
    figures = identity([identity_evidence(followed([0, 0, 0, 0], [0, -1, -1, -1]))])
    assert (figures.idr, figures.idp, figures.idf1) == pytest.approx((25, 100, 40))


def test_two_predictions_on_one_person_may_both_be_right_but_one_gets_the_name() -> None:
    frame = Sighting(np.array([0]), np.array([0, 1]), np.array([[0.9, 0.8]]))
    figures = identity([identity_evidence(Sightings((frame,) * 4, np.array([4]), np.array([4, 4])))])
    assert (figures.idr, figures.idp) == (100, 50)


def test_similarity_of_exactly_half_counts_and_less_does_not() -> None:
    assert identity([identity_evidence(followed([0], [0], 0.5))]).idf1 == 100
    assert identity([identity_evidence(followed([0], [0], np.nextafter(0.5, 0)))]).idf1 == 0


def test_counts_of_sequences_add_up() -> None:
    right, wrong = followed([0] * 3, [0] * 3), followed([0], [0], 0.1)
    assert identity([identity_evidence(right), identity_evidence(wrong)]).idf1 == pytest.approx(75)


def test_without_anybody_there_is_no_figure() -> None:
    assert math.isnan(identity([identity_evidence(followed([], []))]).idf1)


# TrackEval 1.3.0 (PyPI), numpy 2.4, Identity().eval_sequence on crowd(seed): IDF1, IDP, IDR.
TRACKEVAL = {
    1: (37.55102040816327, 32.50883392226148, 44.44444444444444),
    2: (36.8763557483731, 33.33333333333333, 41.262135922330096),
    3: (40.343347639484975, 35.87786259541985, 46.07843137254902),
}


@pytest.mark.parametrize("seed", TRACKEVAL)
def test_crowds_score_what_trackeval_gave(seed: int) -> None:
    figures = identity([identity_evidence(crowd(seed))])
    assert (figures.idf1, figures.idp, figures.idr) == pytest.approx(TRACKEVAL[seed], abs=1e-9)
