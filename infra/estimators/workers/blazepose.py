"""Worker of the ``blazepose`` estimator: MediaPipe's BlazePose for any number of people in single pictures.

BlazePose (Bazarevsky et al., CV4ARSketch 2020) is two networks: a detector that finds torsos as a
circle (centre of the hips, and a point on the circle that also tells which way is up), and a
landmark network for one upright crop. MediaPipe's ready-made solution follows one person only, so
this worker runs the detector on overlapping squares of the picture, the landmark network on every
circle found, and keeps the best of answers that agree. Pictures do not influence one another.

Usage: ``python blazepose.py DIGEST LEVELS MIN_SCORE``
"""

import sys
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from google.protobuf import text_format  # type: ignore[import-untyped]
from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig  # type: ignore[import-not-found]
from mediapipe.framework.formats.rect_pb2 import NormalizedRect  # type: ignore[import-not-found]
from mediapipe.python.solution_base import PacketDataType, SolutionBase  # type: ignore[import-not-found]
from protocol import serve  # type: ignore[import-not-found]

Picture = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]
Tile = tuple[int, int, int, int]

DETECTOR = """
input_stream: "image"
output_stream: "detections"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }
"""
LANDMARKER = """
input_stream: "image"
input_stream: "roi"
output_stream: "landmarks"
output_stream: "auxiliary"
input_side_packet: "model_complexity"
node {
  calculator: "PoseLandmarkByRoiCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:roi"
  input_side_packet: "MODEL_COMPLEXITY:model_complexity"
  output_stream: "LANDMARKS:landmarks"
  output_stream: "AUXILIARY_LANDMARKS:auxiliary"
}
"""
# BlazePose's landmarks in the order of COCO's 17 keypoints.
COCO17 = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
TORSO = [5, 6, 11, 12]
SAME_CIRCLE = 0.6
SAME_PERSON = 0.6


class BlazePose:
    """People of one picture at a time.

    Args:
        levels: How small people may be: 0 looks at the whole picture, each level more at squares
            of half the size (the first: as wide as the picture's short side).
        min_score: Least mean visibility of a person's shoulders and hips.
    """

    def __init__(self, levels: int, min_score: float) -> None:
        self.levels, self.min_score = levels, min_score
        self.detector = _graph(DETECTOR, ["detections"])
        self.landmarker = _graph(
            LANDMARKER,
            ["landmarks", "auxiliary"],
            side_inputs={"model_complexity": 1},
            stream_type_hints={"roi": PacketDataType.PROTO},
        )

    def __call__(self, image: Picture) -> list[dict[str, Any]]:
        """People of an (H, W, 3) uint8 RGB picture, as the protocol wants them."""
        circles = np.array(
            [c for tile in tiles(image.shape[0], image.shape[1], self.levels) for c in self.detect(image, tile)]
        )
        people = [self.landmarks(image, circle) for circle in distinct_circles(circles.reshape(-1, 5))]
        return [
            _person(p, *image.shape[:2]) for p in distinct_people([p for p in people if p is not None], self.min_score)
        ]

    def detect(self, image: Picture, tile: Tile) -> Iterator[list[float]]:
        """Circles (centre x, y, rim x, y, score) found in a tile (x, y, width, height), in pixels."""
        x, y, w, h = tile
        found = self.detector.process({"image": np.ascontiguousarray(image[y : y + h, x : x + w])}).detections
        for detection in found or []:
            centre, rim = detection.location_data.relative_keypoints[:2]
            yield [x + centre.x * w, y + centre.y * h, x + rim.x * w, y + rim.y * h, detection.score[0]]

    def landmarks(self, image: Picture, circle: Numbers) -> Numbers | None:
        """(17, 4) x, y, visibility flag and score of the person in the circle; None if there is none."""
        height, width = image.shape[:2]
        for _ in range(2):
            roi = _upright_square(circle, height, width)
            found = self.landmarker.process({"image": image, "roi": roi})
            if found.landmarks is None:
                return None
            centre, rim = found.auxiliary.landmark[:2]
            circle = np.array([centre.x * width, centre.y * height, rim.x * width, rim.y * height])
        points = [found.landmarks.landmark[k] for k in COCO17]
        return np.array([[p.x * width, p.y * height, 2 if p.visibility >= 0.5 else 1, p.visibility] for p in points])


def tiles(height: int, width: int, levels: int) -> list[Tile]:
    """The whole picture and, level by level, the squares (x, y, width, height) that overlap by half."""
    found = [(0, 0, width, height)]
    side = min(height, width)
    for _ in range(levels):
        if side < 64:
            break
        for y in _starts(height, side):
            found.extend((x, y, side, side) for x in _starts(width, side))
        side //= 2
    return list(dict.fromkeys(found))


def distinct_circles(circles: Numbers) -> list[Numbers]:
    """The best-scored of circles (N, 5) that overlap, best first."""
    kept: list[Numbers] = []
    for circle in circles[np.argsort(-circles[:, 4], kind="stable")]:
        if all(_overlap(circle, other) < SAME_CIRCLE for other in kept):
            kept.append(circle)
    return kept


def distinct_people(people: list[Numbers], min_score: float) -> list[Numbers]:
    """The best of people (17, 4) that are the same person by object keypoint similarity, best first."""
    people = [p for p in people if p[TORSO, 3].mean() >= min_score]
    kept: list[Numbers] = []
    for person in sorted(people, key=lambda p: -p[:, 3].mean()):
        if all(_similarity(person, other) < SAME_PERSON for other in kept):
            kept.append(person)
    return kept


def _graph(text: str, outputs: list[str], **options: Any) -> Any:
    return SolutionBase(graph_config=text_format.Parse(text, CalculatorGraphConfig()), outputs=outputs, **options)


def _starts(length: int, side: int) -> list[int]:
    count = 1 + int(np.ceil((length - side) / (side / 2)))
    return [int(start) for start in np.linspace(0, length - side, count)]


def _upright_square(circle: Numbers, height: int, width: int) -> Any:
    """MediaPipe's region of interest: 1.25 times the circle's square, turned so that the rim point is up."""
    x, y = circle[2] - circle[0], circle[3] - circle[1]
    side = 2.5 * float(np.hypot(x, y))
    return NormalizedRect(
        x_center=circle[0] / width,
        y_center=circle[1] / height,
        width=side / width,
        height=side / height,
        rotation=float(np.pi / 2 - np.arctan2(-y, x)),
    )


def _overlap(a: Numbers, b: Numbers) -> float:
    """Intersection over union of two circles' squares."""
    radius_a, radius_b = np.hypot(*(a[2:4] - a[:2])), np.hypot(*(b[2:4] - b[:2]))
    low, high = np.maximum(a[:2] - radius_a, b[:2] - radius_b), np.minimum(a[:2] + radius_a, b[:2] + radius_b)
    shared = np.prod(np.clip(high - low, 0, None))
    return float(shared / (4 * radius_a**2 + 4 * radius_b**2 - shared + 1e-9))


def _similarity(a: Numbers, b: Numbers) -> float:
    """COCO's object keypoint similarity, scaled by the larger person's extents."""
    area = max(np.prod(np.ptp(a[:, :2], axis=0)), np.prod(np.ptp(b[:, :2], axis=0)), 1.0)
    squared = ((a[:, :2] - b[:, :2]) ** 2).sum(axis=1)
    return float(np.exp(-squared / (2 * area * (2 * SIGMAS) ** 2)).mean())


def _person(keypoints: Numbers, height: int, width: int) -> dict[str, Any]:
    low, high = keypoints[:, :2].min(axis=0), keypoints[:, :2].max(axis=0)
    margin = 0.1 * (high - low)
    low, high = np.clip([low - margin, high + margin], 0, (width, height))
    return {"box": [*low.tolist(), *(high - low).tolist()], "keypoints": keypoints.tolist()}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    digest, levels, min_score = sys.argv[1:]
    serve(lambda: BlazePose(int(levels), float(min_score)), skeleton="coco17", digest=digest)
