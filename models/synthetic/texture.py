"""Cloth, skin, faces and rooms."""

import cv2
import numpy as np

from poseloom.models.synthetic.truth import EYE_LATITUDE, EYE_LONGITUDE, NOSE_LATITUDE
from poseloom.schemas.arrays import F32


def noise(rng: np.random.Generator, height: int, width: int, cell: float) -> F32:
    """(height, width) smooth noise of unit variance with details of `cell` pixels."""
    coarse = rng.standard_normal((int(height / cell) + 3, int(width / cell) + 3)).astype(np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine / max(float(fine.std()), 1e-6), dtype=np.float32)


def cloth(garment: int, length: int, around: int) -> F32:
    """(length, around, 3) fabric of one garment: folds, weave and a print; `around` spans the full turn."""
    rng = np.random.default_rng(garment)
    period, kind, colour = rng.uniform(9, 16), rng.integers(4), rng.uniform(25, 215, 3)
    tint = np.clip(colour + rng.choice([-1, 1]) * rng.uniform(30, 70, 3), 15, 240)
    grain = 0.10 * noise(rng, length, around, 6) + 0.07 * noise(rng, length, around, 2.2)
    u, v = np.mgrid[0:length, 0:around].astype(np.float32)
    stripes = np.sin(2 * np.pi * u / period) > 0.35
    checks = (np.sin(2 * np.pi * u / period) > 0) ^ (np.sin(2 * np.pi * v / period) > 0)
    dots = np.sin(2 * np.pi * u / period) * np.sin(2 * np.pi * v / period) > 0.6
    figure = (stripes, checks, dots, noise(rng, length, around, 7) > 0.9)[kind]
    plain = np.where(figure[..., None], tint, colour)
    return np.asarray(plain * (1 + grain[..., None]), dtype=np.float32)


def skin(rng: np.random.Generator, length: int, around: int, colour: F32) -> F32:
    """(length, around, 3) skin."""
    grain = 0.05 * noise(rng, length, around, 5) + 0.04 * noise(rng, length, around, 2.2)
    return np.asarray(colour * (1 + grain[..., None]), dtype=np.float32)


def head(rng: np.random.Generator, length: int, around: int, colour: F32, hair: F32) -> F32:
    """(length, around, 3) head by latitude (chin first) and longitude (face in the middle)."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, length)[:, None]
    longitude = np.linspace(-np.pi, np.pi, around)[None, :]
    picture = skin(rng, length, around, colour)
    hairline = 0.55 - 1.1 * np.clip(np.abs(longitude) - 0.9, 0, 2) - 0.1 * np.cos(5 * longitude)
    strands = (1 + 0.25 * noise(rng, length, around, 2.5))[..., None]
    picture = np.where((latitude > hairline)[..., None], hair * strands, picture)

    def spot(lon: float, lat: float, wide: float, high: float, ink: tuple[int, int, int]) -> None:
        inside = ((longitude - lon) / wide) ** 2 + ((latitude - lat) / high) ** 2 < 1
        picture[inside] = ink

    for side in (-EYE_LONGITUDE, EYE_LONGITUDE):
        spot(side, EYE_LATITUDE + 0.2, 0.24, 0.06, (60, 40, 30))
        spot(side, EYE_LATITUDE, 0.19, 0.11, (235, 235, 230))
        spot(side, EYE_LATITUDE, 0.09, 0.11, (25, 20, 20))
    spot(0.0, NOSE_LATITUDE, 0.13, 0.12, (150, 85, 70))
    spot(0.0, -0.5, 0.34, 0.07, (150, 50, 55))
    return np.asarray(picture, dtype=np.float32)


def room(rng: np.random.Generator, width: int, height: int, horizon: int) -> F32:
    """(height, width, 3) a wall with pictures and furniture, and a tiled floor."""
    wall, floor = rng.uniform(120, 200, 3), rng.uniform(70, 140, 3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.where((y < horizon)[..., None], wall, floor)
    distance = np.maximum(y - horizon + 20, 1)
    tiles = (np.sin((x - width / 2) * 9 / distance) > 0) ^ (np.sin(900 / distance) > 0)
    picture = np.where(((y >= horizon) & tiles)[..., None], picture * 0.82, picture)
    for _ in range(int(width / 60)):
        at, size = rng.uniform((0, 0), (width, horizon)), rng.uniform(12, (width * 0.1, height * 0.28))
        corner = (int(at[0]), int(at[1])), (int(at[0] + size[0]), int(min(at[1] + size[1], horizon)))
        cv2.rectangle(picture, *corner, rng.uniform(30, 220, 3).tolist(), -1)
        cv2.rectangle(picture, *corner, rng.uniform(20, 90, 3).tolist(), 2)
    grain = 0.05 * noise(rng, height, width, 14) + 0.05 * noise(rng, height, width, 3)
    return np.asarray(picture * (1 + grain[..., None]), dtype=np.float32)
