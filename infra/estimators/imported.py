"""The estimator that adds nobody: all labels come with the run."""

from collections.abc import Mapping, Sequence

from poseloom.infra.estimators._options import with_defaults
from poseloom.infra.estimators._people import check_pictures
from poseloom.schemas.arrays import I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ids import content_key
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import EstimatorInfo
from poseloom.schemas.skeleton import COCO17, SKELETONS

_DEFAULTS = {"skeleton": COCO17.name}


def describe(options: Mapping[str, str]) -> EstimatorInfo:
    """Identity; the option ``skeleton`` names the skeleton of the labels (default coco17)."""
    name = with_defaults("imported", options, _DEFAULTS)["skeleton"]
    if name not in SKELETONS:
        raise EstimatorError(f"expected skeleton to be one of {', '.join(SKELETONS)}, got {name!r}")
    return EstimatorInfo(name="imported", skeleton=SKELETONS[name], digest=content_key("imported", name))


def create(options: Mapping[str, str]) -> "ImportedEstimator":
    """The estimator; it holds no resources."""
    return ImportedEstimator(describe(options))


class ImportedEstimator:
    """Finds nobody in any picture."""

    def __init__(self, info: EstimatorInfo) -> None:
        self.info = info
        self.batch_size = 64

    def estimate(self, images: Sequence[U8], frame_index: I32) -> Instances:
        """No instances; see `poseloom.schemas.ports.Estimator`."""
        check_pictures(images, frame_index)
        return Instances.empty(self.info.skeleton)

    def close(self) -> None:
        """Nothing to release."""
