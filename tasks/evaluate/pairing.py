"""Which predictions belong to which sequence of the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from poseloom.infra.labels import aliases
from poseloom.schemas.arrays import I64
from poseloom.schemas.errors import LabelError
from poseloom.tasks.evaluate.inputs import Part, SequenceLabels

_SHOWN = 8


@dataclass(frozen=True)
class Pair:
    """A sequence of the truth and the predictions for it; None where there are none."""

    truth: SequenceLabels
    predicted: SequenceLabels | None


@dataclass(frozen=True, eq=False)
class _Key:
    """What identifies a sequence.

    Attributes:
        part: Number of its part.
        place: Its place in the part.
        names: Its names, the most certain first.
        image_ids: Ids of its images.
        is_results_list: Whether it is a COCO results list: no names, images of many sequences.
    """

    part: int
    place: int
    names: tuple[str, ...]
    image_ids: I64
    is_results_list: bool


def paired(truth: Sequence[Part], predicted: Sequence[Part]) -> Iterator[Pair]:
    """Every sequence of the truth with its predictions, reading one pair of parts at a time.

    Parts of one name belong together, and so do two single ones. Sequences of other parts belong
    together by their names, the folders of their pictures, or their `vid_id`; people of a COCO results
    list by their image ids.

    Raises:
        LabelError: Predictions of sequences that the truth does not have, or several for one; before
            any pair is given where parts are named like sequences.
    """
    names = {part.name: part for part in predicted}
    if len(truth) == len(predicted) == 1:
        names = {truth[0].name: predicted[0]}
    same = {part.name for part in truth} & names.keys()
    rest_truth = [part for part in truth if part.name not in same]
    rest_predicted = [part for name, part in names.items() if name not in same]
    if rest_predicted and not rest_truth:
        raise _stranger(rest_predicted[0].name, [part.name for part in truth])
    by_key = _matched_rest(rest_truth, rest_predicted) if rest_predicted else {}
    read = lru_cache(maxsize=1)(lambda part: rest_predicted[part].read())
    number = 0
    for part in truth:
        if part.name in same:
            yield from _pairs_of(part.read(), names[part.name].read())
            continue
        for place, sequence in enumerate(part.read()):
            found = [read(key.part)[key.place] for key in by_key.get((number, place), [])]
            yield Pair(sequence, found[0] if found else None)
        number += 1


def _pairs_of(truth: list[SequenceLabels], predicted: list[SequenceLabels]) -> Iterator[Pair]:
    matched = _matched(_keys(0, truth), _keys(0, predicted))
    for place, sequence in enumerate(truth):
        found = matched.get((0, place), [])
        yield Pair(sequence, predicted[found[0].place] if found else None)


def _matched_rest(truth: list[Part], predicted: list[Part]) -> dict[tuple[int, int], list[_Key]]:
    """Reads every part once, to learn what is in it."""
    sides = ([key for i, part in enumerate(side) for key in _keys(i, part.read())] for side in (truth, predicted))
    return _matched(*sides)


def _keys(part: int, sequences: list[SequenceLabels]) -> list[_Key]:
    return [
        _Key(
            part,
            place,
            tuple(name for name in aliases(sequence.labels) if name),
            np.array([frame.image_id for frame in sequence.labels.frames], dtype=np.int64),
            sequence.is_results_list,
        )
        for place, sequence in enumerate(sequences)
    ]


def _matched(truth: list[_Key], predicted: list[_Key]) -> dict[tuple[int, int], list[_Key]]:
    """By part and place of the truth: its one prediction, or nothing."""
    matched: dict[tuple[int, int], list[_Key]] = {(key.part, key.place): [] for key in truth}
    for key in predicted:
        owners = _owners(key, truth, alone=len(truth) == len(predicted) == 1)
        if not owners:
            raise _stranger(key.names[0], [t.names[0] for t in truth])
        for owner in owners:
            matched[owner.part, owner.place].append(key)
    for owner in truth:
        found = matched[owner.part, owner.place]
        if len(found) > 1:
            raise LabelError(
                f"expected one set of predictions for {owner.names[0]}, got {_listed([f.names[0] for f in found])}"
            )
    return matched


def _owners(key: _Key, truth: list[_Key], alone: bool) -> list[_Key]:
    """Sequences of the truth to which predictions belong."""
    if key.is_results_list:
        _check_images_known(key, truth)
        return [owner for owner in truth if np.isin(owner.image_ids, key.image_ids).any()] or truth[:1]
    if alone:
        return truth
    for name in key.names:
        owners = [owner for owner in truth if name in owner.names]
        if len(owners) == 1:
            return owners
    return []


def _check_images_known(key: _Key, truth: list[_Key]) -> None:
    ids, counts = np.unique([*chain.from_iterable(owner.image_ids for owner in truth)], return_counts=True)
    unknown = np.setdiff1d(key.image_ids, ids)
    if unknown.size:
        raise LabelError(
            f"{key.names[0]}: expected image ids of the truth, got {unknown[0]}"
            + (f" and {unknown.size - 1} more that it does not list" if unknown.size > 1 else "")
        )
    twice = np.intersect1d(key.image_ids, ids[counts > 1])
    if twice.size:
        raise LabelError(
            f"{key.names[0]}: expected every image id in one sequence of the truth, got {twice[0]} in several; "
            "give each of these a results list of its own, named like it"
        )


def _stranger(name: str, known: list[str]) -> LabelError:
    return LabelError(f"expected predictions of sequences that the truth has ({_listed(known)}), got {name}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
