"""BlazePose for any number of people, on a CPU, with weights from the package registry.

MediaPipe needs numpy 1, so it runs in an environment of its own, which `install` builds.
Options: ``levels`` (how small people may be, see the worker; at the default 2 a picture takes 0.2 to
0.4 s on one core) and ``min_score`` (least mean visibility of a person's keypoints, default 0.6).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from poseloom.infra.estimators._client import WorkerSpec
from poseloom.infra.estimators._environment import Environment
from poseloom.infra.estimators._external import ExternalEstimator
from poseloom.infra.estimators._options import number, whole_number, with_defaults
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ids import content_digest, content_key
from poseloom.schemas.ports import EstimatorInfo
from poseloom.schemas.skeleton import COCO17

_DEFAULTS = {"levels": "2", "min_score": "0.6"}
_WORKERS = Path(__file__).parent / "workers"

# What `import mediapipe` needs, without jax and scipy (600 MB it never imports here) and with the
# headless OpenCV, which does not ask for the system's libGL.
ENVIRONMENT = Environment(
    name="blazepose",
    requirements=(
        "mediapipe==0.10.21",
        "absl-py==2.5.1",
        "attrs==26.1.0",
        "contourpy==1.3.3",
        "cycler==0.12.1",
        "flatbuffers==25.12.19",
        "fonttools==4.68.0",
        "kiwisolver==1.5.1",
        "matplotlib==3.11.2",
        "numpy==1.26.4",
        "opencv-contrib-python-headless==4.11.0.86",
        "packaging==26.3",
        "pillow==13.0.0",
        "protobuf==4.25.9",
        "pyparsing==3.3.3",
        "python-dateutil==4.0.0",
    ),
    python_versions=(12, 11),
)


def describe(options: Mapping[str, str]) -> EstimatorInfo:
    """Identity; the same whether or not it is installed, for the requirements pin the weights."""
    sources = [content_digest((_WORKERS / name).read_bytes()) for name in ("blazepose.py", "protocol.py")]
    digest = content_key("blazepose", ENVIRONMENT.digest, sources, list(_arguments(options)))
    return EstimatorInfo(name="blazepose", skeleton=COCO17, digest=digest)


def create(options: Mapping[str, str]) -> ExternalEstimator:
    """The estimator, with its worker running.

    Raises:
        EstimatorError: It is not installed, or does not start.
    """
    info = describe(options)
    if not ENVIRONMENT.complete:
        raise EstimatorError("blazepose is not installed: run `poseloom estimator install blazepose`")
    worker = (str(ENVIRONMENT.python), "-E", "-s", str(_WORKERS / "blazepose.py"))
    return ExternalEstimator(info, WorkerSpec(command=(*worker, info.digest, *_arguments(options))))


def install(report: Callable[[str], None]) -> None:
    """Build the environment (170 MB of downloads); nothing happens if it is there.

    Raises:
        EstimatorError: See `Environment.build`.
    """
    ENVIRONMENT.build(report)


def _arguments(options: Mapping[str, str]) -> tuple[str, str]:
    given = with_defaults("blazepose", options, _DEFAULTS)
    return str(whole_number(given, "levels", 0, 4)), str(number(given, "min_score", 0, 1))
