"""What an estimator last saw in a video, whatever the labels have become since."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from poseloom.schemas.errors import ObjectMissing
from poseloom.schemas.ids import canonical_json
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.skeleton import Skeleton, conversion
from poseloom.tasks.tables import read_instances

_KEYS = TypeAdapter(list[str])


def remember_predictions(store: Store, video_id: str, keys: Sequence[str]) -> None:
    """Note the store keys of a video's predictions, in frame order; those of an earlier run are forgotten."""
    store.write(_key(video_id), canonical_json(list(keys)))


def read_predictions(store: Store, video_id: str, skeleton: Skeleton) -> Instances | None:
    """The video's unlinked predictions in that skeleton; None where no estimator has seen it."""
    try:
        keys = _KEYS.validate_json(store.read(_key(video_id)))
    except ObjectMissing:
        return None
    parts = [read_instances(store, key) for key in keys]
    converted = [p if p.skeleton == skeleton else p.convert(conversion(p.skeleton, skeleton)) for p in parts]
    return Instances.concat([Instances.empty(skeleton), *converted])


def _key(video_id: str) -> str:
    return f"predictions/{video_id}.json"
