"""The order in which poseval ranks keypoints, equal scores included."""

import numpy as np

from poseloom.schemas.arrays import F64, I64

_SHORT = 16


def falling_order(scores: F64) -> I64:
    """(N,) indices of scores from high to low, equal ones as poseval has them.

    poseval and the PoseTrack21 kit rank by ``scores.argsort()[::-1]``, and where scores are equal (people
    without scores, scores rounded or all 1) the average precision hangs on what that unstable sort does:
    by 12 points on small cases. NumPy's own result depends on its version and the processor since 1.25;
    this is its introsort without vector instructions (``npysort/quicksort.cpp``, what every earlier version
    does): quicksort around the median of three, the smaller part first, runs of up to 16 by insertion.
    Beyond NumPy's depth limit, which only adversarial input reaches, it stays a quicksort.

    Args:
        scores: (N,) without NaN.
    """
    stable = np.argsort(scores, kind="stable")
    ordered = scores[stable]
    if len(scores) <= _SHORT or (ordered[1:] != ordered[:-1]).all():
        return np.asarray(stable[::-1])
    return np.array(_introsort(scores.tolist())[::-1], dtype=np.int64)


def _introsort(values: list[float]) -> list[int]:
    """Indices of the values from low to high."""
    order = list(range(len(values)))
    parts = [(0, len(values) - 1)]
    while parts:
        low, high = parts.pop()
        while high - low >= _SHORT:
            middle = _partition(values, order, low, high)
            below, above = (low, middle - 1), (middle + 1, high)
            (low, high), later = (below, above) if middle - low < high - middle else (above, below)
            parts.append(later)
        _insert(values, order, low, high)
    return order


def _partition(values: list[float], order: list[int], low: int, high: int) -> int:
    """Put smaller values of ``low..high`` before a pivot and larger ones behind it; gives the pivot's place."""
    middle = low + ((high - low) >> 1)
    for a, b in ((low, middle), (middle, high), (low, middle)):
        if values[order[b]] < values[order[a]]:
            order[a], order[b] = order[b], order[a]
    pivot = values[order[middle]]
    left, right = low, high - 1
    order[middle], order[right] = order[right], order[middle]
    while True:
        left += 1
        while values[order[left]] < pivot:
            left += 1
        right -= 1
        while pivot < values[order[right]]:
            right -= 1
        if left >= right:
            break
        order[left], order[right] = order[right], order[left]
    order[left], order[high - 1] = order[high - 1], order[left]
    return left


def _insert(values: list[float], order: list[int], low: int, high: int) -> None:
    """Sort ``low..high`` in place, keeping the order of equals."""
    order[low : high + 1] = sorted(order[low : high + 1], key=values.__getitem__)
