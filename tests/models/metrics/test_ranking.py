import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poseloom.models.metrics.ranking import falling_order


def test_without_equal_scores_it_is_simply_the_order() -> None:
    assert falling_order(np.array([0.2, 0.9, -1.0, 0.4])).tolist() == [1, 3, 0, 2]


def test_few_equal_scores_rank_last_first() -> None:
    assert falling_order(np.array([1.0, 2.0, 1.0, 2.0])).tolist() == [3, 1, 2, 0]


def test_equal_scores_rank_as_numpy_1_23_5_ranked_them() -> None:
    """Recorded from ``scores.argsort()[::-1]`` of numpy 1.23.5, which the kits' published figures were made with."""
    recorded = [16, 7, 1, 2, 3, 4, 5, 6, 8, 15, 9, 10, 11, 12, 13, 14, 0]
    assert falling_order(np.zeros(17)).tolist() == recorded
    mixed = np.random.default_rng(5).integers(0, 3, 60).astype(np.float64)
    assert falling_order(mixed).tolist() == [
        29, 45, 1, 3, 8, 19, 22, 27, 30, 31, 37, 40, 42, 0, 51, 57, 55, 56, 49, 4, 11, 25, 52, 54, 6, 12, 5,
        34, 33, 44, 35, 36, 38, 48, 41, 13, 21, 46, 10, 9, 7, 15, 2, 14, 53, 16, 17, 18, 20, 23, 24, 26, 28,
        58, 50, 32, 39, 47, 43, 59,
    ]  # fmt: skip


@given(st.lists(st.integers(0, 6), max_size=200))
def test_scores_fall_and_everyone_is_ranked_once(scores: list[int]) -> None:
    values = np.array(scores, dtype=np.float64)
    order = falling_order(values)
    assert sorted(order.tolist()) == list(range(len(scores)))
    assert (np.diff(values[order]) <= 0).all()
