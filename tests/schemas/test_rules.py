import pytest
from pydantic import ValidationError

from poseloom.schemas.errors import RuleError
from poseloom.schemas.rules import RuleSet, VisibleKeypoints, parse_rules
from poseloom.schemas.skeleton import COCO17, POSETRACK


def test_an_empty_text_is_the_default_rule_set() -> None:
    assert parse_rules("") == RuleSet()


def test_a_text_changes_what_it_names() -> None:
    rules = parse_rules('version = 1\n[visible_keypoints]\nminimum = 10\n[box]\naction = "off"\n')
    assert rules.visible_keypoints.minimum == 10
    assert rules.visible_keypoints.action == "drop"
    assert "box" in RuleSet().named("warn")
    assert "box" not in rules.named("drop", "warn")


def test_eight_of_seventeen_keypoints_are_six_of_posetracks_fifteen() -> None:
    assert VisibleKeypoints().required(COCO17) == 8
    assert VisibleKeypoints().required(POSETRACK) == 6


def test_the_digest_is_of_the_values_not_of_the_text() -> None:
    same = parse_rules("# a comment\n[scale]\nmin_height = 32.0\n")
    other = parse_rules("[scale]\nmin_height = 33.0\n")
    assert same.digest == RuleSet().digest
    assert other.digest != same.digest
    assert len(same.digest) == 64


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[scale\n", "line 1"),
        ("[sharpnes]\nminimum = 1.0\n", "sharpnes"),
        ("[scale]\nmin_hight = 3.0\n", "scale.min_hight"),
        ('[scale]\nmin_height = "tall"\n', "scale.min_height"),
        ("[in_image]\nmin_share = 1.5\n", "in_image.min_share"),
        ('[box]\naction = "delete"\n', "box.action"),
        ("box = 3\n", "box"),
        ("version = 2\n", "version"),
        ("[checks]\nmin_kept_share = nan\n", "checks.min_kept_share"),
        ("[scale]\nmin_area = inf\n", "scale.min_area"),
    ],
)
def test_a_bad_rule_file_is_refused_with_its_line_or_field(text: str, told: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rules(text, "my.toml")
    assert told in str(caught.value)
    assert "my.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_whole_number_stands_for_a_decimal_one() -> None:
    assert parse_rules("[scale]\nmin_height = 40\n").scale.min_height == 40.0


def test_rules_are_frozen() -> None:
    with pytest.raises(ValidationError):
        RuleSet().scale.min_height = 1.0
