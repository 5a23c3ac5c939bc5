import pytest

from poseloom.models.synthetic.presets import BENCHMARK_SEEDS, PRESETS, TRAINING_SEEDS, preset
from poseloom.schemas.errors import InputError


def test_the_presets_are_the_five_documented_ones() -> None:
    assert list(PRESETS) == ["easy", "crossing", "blur", "occlusion", "crowd"]


def test_a_preset_takes_other_fields_on_top_of_its_own() -> None:
    spec = preset("crossing", people=6, seed=7)
    assert (spec.people, spec.seed, spec.paths, spec.leave, spec.alike) == (6, 7, "crossing", True, True)


def test_an_unknown_preset_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"easy, crossing, blur, occlusion, crowd, got 'hard'"):
        preset("hard")


def test_an_impossible_value_is_an_error_that_names_the_field() -> None:
    with pytest.raises(InputError, match=r"people.*0"):
        preset("easy", people=0)


def test_benchmark_and_training_seeds_never_overlap() -> None:
    assert not set(BENCHMARK_SEEDS) & {TRAINING_SEEDS.start, TRAINING_SEEDS.stop - 1}
    assert BENCHMARK_SEEDS.stop == TRAINING_SEEDS.start
