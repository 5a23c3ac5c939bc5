"""Drawing generated people into pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from poseloom.models.synthetic import texture
from poseloom.models.synthetic.body import Part, project
from poseloom.models.synthetic.motion import Joints
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F32, F64, U8
from poseloom.schemas.ports import Frame

_MARGIN = 80
_SKIN = ("forearm", "hand", "neck")
_LEGS = ("thigh", "shank")


@dataclass(frozen=True)
class _Dressed:
    """A part with its texture (length, around, 3), mask (length, width) and shade (length, width)."""

    part: Part
    cloth: F32
    mask: F32
    shade: F32

    @classmethod
    def dress(cls, part: Part, cloth: F32) -> "_Dressed":
        length, width = cloth.shape[0], cloth.shape[1] // 2
        half = part.outline(np.linspace(0, 1, length))[:, None] * width / 2
        across = np.arange(width)[None, :] + 0.5 - width / 2
        mask = np.clip(half - np.abs(across) + 0.5, 0, 1)
        bulge = np.clip(across / np.maximum(half, 1), -1, 1)
        shade = 0.62 + 0.38 * np.sqrt(1 - bulge**2) - 0.12 * bulge
        return cls(part, cloth, mask.astype(np.float32), shade.astype(np.float32))

    def patch(self, t: int) -> F32:
        """(length, width, 4) premultiplied colours and mask of the side that faces the camera."""
        around, width = self.cloth.shape[1], self.mask.shape[1]
        angle = np.arcsin(np.linspace(-1, 1, width)) - self.part.spin[t]
        columns = ((angle / (2 * np.pi) + 0.5) * around).astype(int) % around
        patch = np.empty((*self.mask.shape, 4), np.float32)
        patch[..., :3] = self.cloth[:, columns] * (self.shade * self.mask)[..., None]
        patch[..., 3] = self.mask
        return patch


class Renderer:
    """Draws the clip's frames."""

    def __init__(self, spec: ClipSpec, people: list[Joints], parts: list[list[Part]], camera: F64, seed: int):
        rng = np.random.default_rng(seed)
        self._spec, self._people, self._camera = spec, people, camera
        self._parts = [dressed for body in parts for dressed in _wardrobe(rng, body)]
        size = (spec.width + 2 * _MARGIN, spec.height + 2 * _MARGIN)
        self._room = texture.room(rng, *size, int(0.52 * spec.height) + _MARGIN)
        self._noise = rng.normal(0, 3.0, (spec.height + 32, spec.width + 32, 3)).astype(np.float32)
        self._offsets = rng.integers(0, 33, (spec.frames, 2))

    def frames(self) -> Iterator[Frame]:
        """All frames in order."""
        for t in range(self._spec.frames):
            yield Frame(t, self.draw(t))

    def draw(self, t: int) -> U8:
        """(H, W, 3) uint8 RGB picture of frame t."""
        canvas = self._background(t)
        for joints in self._people:
            _shadow(canvas, joints, t, self._camera[t])
        for dressed in sorted(self._parts, key=lambda d: -float(d.part.depth[t])):
            _paste(canvas, dressed, t, self._camera[t])
        dy, dx = self._offsets[t]
        canvas += self._noise[dy : dy + self._spec.height, dx : dx + self._spec.width]
        return np.asarray(np.clip(canvas, 0, 255, out=canvas).astype(np.uint8))

    def _background(self, t: int) -> F32:
        shift = self._camera[t] + _MARGIN
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        size = (self._spec.width, self._spec.height)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(self._room, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT), np.float32
        )


def _wardrobe(rng: np.random.Generator, parts: list[Part]) -> list[_Dressed]:
    complexion = rng.choice([(232, 190, 160), (200, 150, 115), (141, 98, 70), (240, 205, 180)]).astype(np.float32)
    hair = rng.choice([(40, 28, 22), (90, 60, 35), (165, 130, 75), (110, 108, 105)]).astype(np.float32)
    shirt, trousers, shoes = (int(seed) for seed in rng.integers(1 << 32, size=3))
    dressed = []
    for part in parts:
        length = max(6, int(np.linalg.norm(part.end - part.start, axis=1).max()))
        around = 2 * max(6, int(2.2 * part.half_width.max()))
        if part.name == "head":
            surface = texture.head(rng, length, around, complexion, hair)
        elif part.name.endswith(_SKIN) and not part.name.endswith("upper_arm"):
            surface = texture.skin(rng, length, around, complexion)
        else:
            garment = trousers if part.name.endswith(_LEGS) else shoes if part.name.endswith("foot") else shirt
            surface = texture.cloth(garment, length, around)
        dressed.append(_Dressed.dress(part, surface))
    return dressed


def _paste(canvas: F32, dressed: _Dressed, t: int, camera: F64) -> None:
    part, patch = dressed.part, dressed.patch(t)
    start, end, half = part.start[t] - camera, part.end[t] - camera, part.half_width[t]
    axis = end - start
    normal = np.array([-axis[1], axis[0]]) / np.linalg.norm(axis) * half
    corners = np.stack([start - normal, start + normal, end - normal, end + normal])
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, canvas.shape[1::-1])
    if (high <= low).any():
        return
    across, along = 2 * normal / patch.shape[1], axis / patch.shape[0]
    origin = corners[0] - low + 0.5 * (across + along) - 0.5
    matrix = np.column_stack([across, along, origin])
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    warped = cv2.warpAffine(patch, matrix, size, flags=cv2.INTER_LINEAR)
    region = canvas[low[1] : high[1], low[0] : high[0]]
    region *= 1 - warped[..., 3:]
    region += warped[..., :3]


def _shadow(canvas: F32, joints: Joints, t: int, camera: F64) -> None:
    feet = project(np.stack([joints.ankles[0][t], joints.ankles[1][t]])) - camera
    centre = np.array([feet[:, 0].mean(), feet[:, 1].max() + 0.03 * joints.stature])
    half = np.array([0.17, 0.04]) * joints.stature
    low = np.clip((centre - half).astype(int), 0, canvas.shape[1::-1])
    high = np.clip((centre + half).astype(int), 0, canvas.shape[1::-1])
    if (high <= low).any():
        return
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    distance = ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2
    canvas[low[1] : high[1], low[0] : high[0]] *= (1 - 0.4 * np.clip(1 - distance, 0, 1))[..., None]
