"""Worker of the ``blazepose`` estimator: MediaPipe's BlazePose for any number of people in single pictures.

BlazePose (Bazarevsky et al., CV4ARSketch 2020) is two networks: a detector that finds torsos as a
circle (centre of the hips, and a point on the circle that also tells which way is up), and a
landmark network for one upright crop. MediaPipe's ready-made solution follows one person only, so
this worker runs the detector on overlapping squares of the picture, and from every circle found the
landmark network until its answer is stable. Pictures do not influence one another.

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
SMALLEST_TILE = 64
# A pose found again from its own circle is a person; on background, and between people, it wanders.
STABLE = 0.85
# Distance of shoulders and hips to the radius of the circle: 0.4 to 0.6 for people, 0.1 for a table's foot.
LEAST_TORSO = 0.2
ROUNDS = 4
SAME_CIRCLE = 0.6
SAME_PERSON = 0.45


class BlazePose:
    """People of one picture at a time.

    Args:
        levels: How small people may be: 0 looks at the whole picture, 1 also at squares as wide as
            its short side, each level more at squares smaller by the square root of 2.
        min_score: Least mean visibility of a person's keypoints.
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
        height, width = image.shape[:2]
        circles = [circle for tile in tiles(height, width, self.levels) for circle in self.detect(image, tile)]
        people: list[Numbers] = []
        for circle in distinct_circles(circles):
            person = self.follow(image, circle[:4], people)
            if person is not None and person[:, 3].mean() >= self.min_score:
                people.append(person)
        return [_person(person, height, width) for person in people]

    def detect(self, image: Picture, tile: Tile) -> Iterator[list[float]]:
        """Circles (centre x, y, rim x, y, score) found in a tile (x, y, width, height), in pixels."""
        x, y, w, h = tile
        found = self.detector.process({"image": np.ascontiguousarray(image[y : y + h, x : x + w])}).detections
        for detection in found or []:
            centre, rim = detection.location_data.relative_keypoints[:2]
            yield [x + centre.x * w, y + centre.y * h, x + rim.x * w, y + rim.y * h, detection.score[0]]

    def follow(self, image: Picture, circle: list[float], known: list[Numbers]) -> Numbers | None:
        """The (17, 4) person that a circle leads to; None if it leads nowhere or to one already known."""
        person = None
        for _ in range(ROUNDS):
            before = person
            found = self.landmarks(image, circle)
            if found is None:
                return None
            person, circle = found
            if any(similarity(person, other) >= SAME_PERSON for other in known):
                return None
            if before is not None and similarity(person, before) >= STABLE:
                return person if _torso(person) >= LEAST_TORSO * _radius(circle) else None
        return None

    def landmarks(self, image: Picture, circle: list[float]) -> tuple[Numbers, list[float]] | None:
        """The person in a circle as (17, 4) x, y, COCO visibility and score, and that person's own circle."""
        height, width = image.shape[:2]
        found = self.landmarker.process({"image": image, "roi": _upright_square(circle, height, width)})
        if found.landmarks is None:
            return None
        points = [found.landmarks.landmark[k] for k in COCO17]
        person = [[p.x * width, p.y * height, 2 if p.visibility >= 0.5 else 1, p.visibility] for p in points]
        centre, rim = found.auxiliary.landmark[:2]
        return np.array(person), [centre.x * width, centre.y * height, rim.x * width, rim.y * height]


def tiles(height: int, width: int, levels: int) -> list[Tile]:
    """The whole picture and, level by level, the squares (x, y, width, height) that overlap by half."""
    found = [(0, 0, width, height)]
    for level in range(levels):
        side = int(min(height, width) / 2 ** (level / 2))
        if side >= SMALLEST_TILE:
            found.extend((x, y, side, side) for y in _starts(height, side) for x in _starts(width, side))
    return list(dict.fromkeys(found))


def distinct_circles(circles: list[list[float]]) -> list[list[float]]:
    """The best-scored of circles that overlap, best first."""
    kept: list[list[float]] = []
    for circle in sorted(circles, key=lambda circle: -circle[4]):
        if all(_overlap(circle, other) < SAME_CIRCLE for other in kept):
            kept.append(circle)
    return kept


def similarity(a: Numbers, b: Numbers) -> float:
    """COCO's object keypoint similarity of two people (17, 4), by the extents of the larger."""
    area = max(np.prod(np.ptp(a[:, :2], axis=0)), np.prod(np.ptp(b[:, :2], axis=0)), 1.0)
    squared = ((a[:, :2] - b[:, :2]) ** 2).sum(axis=1)
    return float(np.exp(-squared / (2 * area * (2 * SIGMAS) ** 2)).mean())


def _graph(text: str, outputs: list[str], **options: Any) -> Any:
    return SolutionBase(graph_config=text_format.Parse(text, CalculatorGraphConfig()), outputs=outputs, **options)


def _starts(length: int, side: int) -> list[int]:
    count = 1 + int(np.ceil((length - side) / (side / 2)))
    return [int(start) for start in np.linspace(0, length - side, count)]


def _upright_square(circle: list[float], height: int, width: int) -> Any:
    """MediaPipe's region of interest: 1.25 times the circle's square, turned so that the rim point is up."""
    x, y = circle[2] - circle[0], circle[3] - circle[1]
    side = 2.5 * _radius(circle)
    return NormalizedRect(
        x_center=circle[0] / width,
        y_center=circle[1] / height,
        width=side / width,
        height=side / height,
        rotation=float(np.pi / 2 - np.arctan2(-y, x)),
    )


def _radius(circle: list[float]) -> float:
    return float(np.hypot(circle[2] - circle[0], circle[3] - circle[1]))


def _torso(person: Numbers) -> float:
    """Distance between the middles of the shoulders and of the hips."""
    return float(np.linalg.norm(person[[5, 6], :2].mean(axis=0) - person[[11, 12], :2].mean(axis=0)))


def _overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two circles' squares."""
    radius_a, radius_b = _radius(a), _radius(b)
    width, height = (min(a[k] + radius_a, b[k] + radius_b) - max(a[k] - radius_a, b[k] - radius_b) for k in (0, 1))
    shared = max(width, 0.0) * max(height, 0.0)
    return float(shared / max(4 * radius_a**2 + 4 * radius_b**2 - shared, 1e-9))


def _person(keypoints: Numbers, height: int, width: int) -> dict[str, Any]:
    low, high = keypoints[:, :2].min(axis=0), keypoints[:, :2].max(axis=0)
    margin = 0.1 * (high - low)
    low, high = np.clip([low - margin, high + margin], 0, (width, height))
    return {"box": [*low.tolist(), *(high - low).tolist()], "keypoints": keypoints.tolist()}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    digest, levels, min_score = sys.argv[1:]
    serve(lambda: BlazePose(int(levels), float(min_score)), skeleton="coco17", digest=digest)
