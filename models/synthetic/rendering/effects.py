"""From the light of a scene to the picture that a camera stores."""

import cv2
import numpy as np

from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.schemas.arrays import F32, U8

_READ_NOISE = 0.0015
_FULL_WELL = 6000.0
_STEP_PX = 2.5
_MOST_SAMPLES = 11


def moments(frame: int, shutter: float, travel_px: float) -> list[float]:
    """Moments in frames at which an open shutter is sampled; the middle one is the frame itself.

    Args:
        frame: 0-based frame.
        shutter: Share of the time between two frames.
        travel_px: How far anything moves in the picture meanwhile; more samples blur longer ways evenly.
    """
    if shutter == 0:
        return [float(frame)]
    half = int(np.clip(np.ceil(travel_px / _STEP_PX / 2), 1, _MOST_SAMPLES // 2))
    return [frame + shutter * i / (2 * half + 1) for i in range(-half, half + 1)]


def develop(light: F32, exposure: float, seed: int, frame: int) -> U8:
    """(H, W, 3) uint8 picture of (H, W, 3) linear light.

    In a scene of brightness `exposure` the sensor collects exposure² of daylight's photons, which it
    amplifies by 1/exposure: the picture gets darker and the noise of counting and of reading grows.
    The noise depends on nothing but seed, frame and pixel.
    """
    picture = np.empty(light.shape, np.uint8)
    _develop(light, picture, exposure, np.uint64(seed & 0xFFFFFFFF) << np.uint64(32) | np.uint64(frame))
    return picture


def compress(picture: U8, quality: int) -> U8:
    """The picture as JPEG of that quality shows it; 0 leaves it alone."""
    if quality == 0:
        return picture
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


@compiled
def _develop(light: F32, picture: U8, exposure: float, seed: np.uint64) -> None:
    height, width, _ = light.shape
    read = np.float32((_READ_NOISE / exposure) ** 2)
    shot = np.float32(1 / (_FULL_WELL * exposure))
    key = _scrambled(seed)
    for y in range(height):
        for x in range(width):
            for channel in range(3):
                signal = min(max(light[y, x, channel] * np.float32(exposure), np.float32(0)), np.float32(1))
                number = np.uint64((y * width + x) * 3 + channel)
                noise = _normal(_scrambled(key + number)) * np.sqrt(read + shot * signal)
                value = np.sqrt(min(max(signal + noise, np.float32(0)), np.float32(1)))
                picture[y, x, channel] = np.uint8(value * np.float32(255) + np.float32(0.5))


@compiled
def _scrambled(state: np.uint64) -> np.uint64:
    """Steele, Lea and Flood's SplitMix64: equal states give equal numbers, near ones unrelated numbers."""
    state = state * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled
def _normal(bits: np.uint64) -> np.float32:
    """Unit normal noise from 64 random bits: the sum of four uniform numbers."""
    total = np.uint64(0)
    for part in range(4):
        total += (bits >> np.uint64(16 * part)) & np.uint64(0xFFFF)
    return (np.float32(total) * np.float32(1 / 65536) - np.float32(2)) * np.float32(np.sqrt(3.0))
