"""The dataset card of a release: a README for people, with the header that dataset hubs read."""

from collections.abc import Iterable, Mapping
from typing import Any

from poseloom.schemas.ids import canonical_json
from poseloom.schemas.release import Manifest, Version, release_digest, total
from poseloom.tasks.release.exports import sequence_names
from poseloom.tasks.release.layout import object_key

_LOADING = """\
## Load

With pandas, from this folder:

```python
import json, pandas as pd

manifest = json.load(open("manifest.json"))
labels = pd.concat(
    pd.read_parquet(f"../../objects/labels/{video['labels']['sha256']}.parquet").assign(video=video["name"])
    for video in manifest["videos"]
)
labels = labels[labels.keep]
```

With DuckDB:

```python
import json, duckdb

files = [f"../../objects/labels/{v['labels']['sha256']}.parquet" for v in json.load(open("manifest.json"))["videos"]]
per_frame = duckdb.read_parquet(files).filter("keep").aggregate("frame_index, count(*) AS people")
```

Coordinates are pixels of the source video, origin top-left; `keypoints_xy` holds x, y per keypoint;
visibility is COCO's 0/1/2; source is 1 predicted, 2 imported, 3 propagated, 4 corrected.

## Verify

`sha256sum -c SHA256SUMS` in this folder, or `poseloom verify`, which also derives the JSON again.
"""


def card(version: Version, manifest: Manifest, checks: Mapping[str, Any], exports: list[str]) -> str:
    """Markdown of the card; a function of its arguments."""
    return "\n".join(
        [
            _header(manifest),
            f"# {manifest.recipe.name} {version}",
            "",
            "Human pose labels of video, with where every keypoint came from. Made by poseloom; the tables under",
            f"`objects/` are the labels, the files under `json/` ({', '.join(exports) or 'none'}) are derived.",
            "",
            *_sections(manifest, checks),
            _LOADING,
            "## Licence",
            "",
            "poseloom claims no rights to these labels. Check the licences of the videos and of the labels and",
            "models they were made from before you pass them on.",
            "",
        ]
    )


def _header(manifest: Manifest) -> str:
    paths = sorted({f"  - {object_key('labels', entry.labels.sha256)}" for entry in manifest.videos})
    name = canonical_json(manifest.recipe.name).decode()
    lines = ["license: other", f"pretty_name: {name}", "task_categories:", "- keypoint-detection", "configs:"]
    return "\n".join(["---", *lines, "- config_name: labels", "  data_files:", *paths, "---"])


def _sections(manifest: Manifest, checks: Mapping[str, Any]) -> Iterable[str]:
    videos, recipe = manifest.videos, manifest.recipe
    counts = {
        "videos": len(videos),
        "frames": sum(v.frame_count for v in videos),
        "instances kept": sum(v.kept for v in videos),
        "instances dropped": sum(v.dropped for v in videos),
    }
    yield from _table("What is in it", ("what", "count"), counts.items())
    yield from _table(
        "Keypoints by source", ("source", "keypoints"), total([v.keypoints_by_source for v in videos]).items()
    )
    yield from _table("Rules", ("rule", "rows dropped"), manifest.dropped_by_rule.items())
    yield from _table(
        "Checks", ("check", "result"), ((k, v) for k, v in checks.items() if not isinstance(v, dict | list))
    )
    names = sequence_names(manifest)
    rows = ((names[v.video_id], v.skeleton, v.frame_count, v.kept, v.dropped, _missing(v.missing)) for v in videos)
    yield from _table("Videos", ("sequence", "skeleton", "frames", "kept", "dropped", "missing frames"), rows)
    made_by = {
        "release digest": release_digest(manifest),
        "Merkle root": manifest.merkle_root,
        "rule set": manifest.rule_set_hash,
        "code": recipe.code,
        "estimator": recipe.estimator,
        "point tracker": recipe.tracker,
        "label schema": recipe.label_schema,
        "Parquet writer": recipe.writer,
    }
    yield from _table("Made by", ("part", "version"), made_by.items())


def _missing(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{start}-{end - 1}" for start, end in ranges) or "none"


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterable[str]:
    body = [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    yield f"## {title}\n"
    if body:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from body
    else:
        yield "None."
    yield ""


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
