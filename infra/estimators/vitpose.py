"""RT-DETR person boxes and ViTPose keypoints, through transformers.

Weights are safetensors in the layout of ``save_pretrained``: ``weights=FOLDER`` with ``detector/``
and ``pose/`` inside, or ``detector=`` and ``pose=`` as folders or hub ids that were downloaded before
(`install` gets the defaults). Nothing is downloaded while estimating.

Options: ``device`` (auto, cpu, cuda, cuda:1 …), ``threshold`` (least score of a person's box, default
0.3), ``batch`` (pictures in one forward pass; at the default of 1 a picture's people never depend on
its neighbours, not even in the last bit), ``threads`` (of torch on a CPU, default 1: it is the whole
process's setting), ``dataset`` (expert of a ViTPose+ mixture, default 0: COCO).
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from poseloom.infra.estimators._options import number, whole_number, with_defaults
from poseloom.infra.estimators._weights import digest_of_folder, download, local_folder
from poseloom.schemas.ids import content_digest, content_key
from poseloom.schemas.ports import EstimatorInfo
from poseloom.schemas.skeleton import COCO17

if TYPE_CHECKING:
    from poseloom.infra.estimators._vitpose import VitPoseEstimator

_DETECTOR = "PekingU/rtdetr_v2_r18vd"
_POSE = "usyd-community/vitpose-base-simple"
_DEFAULTS = {
    "weights": "",
    "detector": _DETECTOR,
    "pose": _POSE,
    "device": "auto",
    "threshold": "0.3",
    "batch": "1",
    "threads": "1",
    "dataset": "0",
}


def describe(options: Mapping[str, str]) -> EstimatorInfo:
    """Identity, from the bytes of the weights.

    Raises:
        EstimatorError: An unknown option, or weights that are not on this machine.
    """
    given = with_defaults("vitpose", options, _DEFAULTS)
    detector, pose = _folders(given)
    settings = {name: given[name] for name in ("device", "threshold", "batch", "threads", "dataset")}
    sources = [content_digest(path.read_bytes()) for path in (Path(__file__), Path(__file__).with_name("_vitpose.py"))]
    versions = [version(package) for package in ("torch", "transformers", "scipy", "pillow")]
    digest = content_key("vitpose", digest_of_folder(detector), digest_of_folder(pose), settings, sources, versions)
    return EstimatorInfo(name="vitpose", skeleton=COCO17, digest=digest)


def create(options: Mapping[str, str]) -> "VitPoseEstimator":
    """The estimator, with both models loaded.

    Raises:
        EstimatorError: As `describe`; or the weights are not those of such models.
    """
    from poseloom.infra.estimators._vitpose import Settings, VitPoseEstimator

    given = with_defaults("vitpose", options, _DEFAULTS)
    settings = Settings(
        device=given["device"],
        threshold=number(given, "threshold", 0, 1),
        batch_size=whole_number(given, "batch", 1, 1024),
        threads=whole_number(given, "threads", 1, 1024),
        dataset=whole_number(given, "dataset", 0, 5),
    )
    return VitPoseEstimator(describe(options), *_folders(given), settings)


def install(report: Callable[[str], None]) -> None:
    """Download the default weights from the hub into its cache.

    Raises:
        EstimatorError: The hub cannot be reached.
    """
    for model in (_DETECTOR, _POSE):
        report(f"downloading {model}")
        report(f"{model} is in {download(model)}")


def _folders(given: Mapping[str, str]) -> tuple[Path, Path]:
    if given["weights"]:
        return local_folder(given["weights"] + "/detector"), local_folder(given["weights"] + "/pose")
    return local_folder(given["detector"]), local_folder(given["pose"])
