import cv2
import numpy as np
import pytest

from poseloom.models.sharpness import CROP_HEIGHT, sharpness


def test_a_flat_crop_has_no_sharpness_and_stripes_have_the_computed_one() -> None:
    grey = np.zeros((CROP_HEIGHT, 64, 3), np.uint8)
    box = np.array([0.0, 0, 64, CROP_HEIGHT])
    assert sharpness(grey, box) == 0
    grey[:, ::2] = 10
    # Laplacian of alternating columns 10, 0: -20 on the bright, +20 on the dark ones.
    assert sharpness(grey, box) == pytest.approx(400)


def test_blur_lowers_it(rng: np.random.Generator) -> None:
    sharp = rng.integers(0, 255, (200, 200, 3)).astype(np.uint8)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2).astype(np.uint8)
    box = np.array([20.0, 20, 80, 150])
    assert sharpness(blurred, box) < 0.1 * sharpness(sharp, box)


def test_it_does_not_depend_much_on_the_size_of_the_person(rng: np.random.Generator) -> None:
    noise = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
    small = cv2.resize(noise, (128, 128), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    large = cv2.resize(small, (384, 384), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    whole = np.array([0.0, 0, 1, 1])
    assert sharpness(large, whole * 384) == pytest.approx(sharpness(small, whole * 128), rel=0.25)


def test_crops_are_cut_at_the_border_and_empty_or_unknown_ones_are_nan(rng: np.random.Generator) -> None:
    image = rng.integers(0, 255, (100, 100, 3)).astype(np.uint8)
    boxes = np.array([[-50.0, -50, 100, 100], [0, 0, 50, 50], [100, 0, 20, 20], [5, 5, 0, 10], [np.nan] * 4])
    measured = np.array([sharpness(image, box) for box in boxes])
    assert measured[0] == measured[1] > 0
    assert np.isnan(measured[2:]).all()
