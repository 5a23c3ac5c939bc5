"""The page of the click benchmark."""

from collections.abc import Sequence
from pathlib import Path

from poseloom.infra.overlay.compared import blank_picture, compared_picture
from poseloom.infra.report import (
    AT_LEAST,
    Block,
    Cell,
    Grid,
    Headline,
    Line,
    Picture,
    Plot,
    Section,
    Table,
    Text,
    lines,
    write_page,
)
from poseloom.models.clicks.counting import ClicksNeeded
from poseloom.tasks.clicks.result import ClickBenchmark, RunResult, VideoClicks
from poseloom.tasks.clicks.snapshots import Snapshot

_PROTOCOL = (
    "A perfect annotator corrects the worst keypoint in a bad frame of every person's track (tracklet), draws who is "
    "missing and deletes who is not there; after each round of one action a tracklet the strategy carries corrections "
    "through the video. What counts is how many clicks a tracklet costs until its video reaches an average precision."
)
_UNREACHED = "≥: some videos never reached it; their clicks count as far as they went, so the figure is a lower bound."


def write_report(found: ClickBenchmark, folder: Path, subject: str, snapshots: Sequence[Snapshot] = ()) -> Path:
    """Write the page of a click benchmark.

    Args:
        found: What it found.
        folder: Where the page goes.
        subject: Which videos and predictions it was run on.
        snapshots: A frame before and after clicks.

    Returns:
        The page's path.

    Raises:
        InputError: The folder cannot be written.
    """
    primary = found.runs[0].rule
    runs = [run for run in found.runs if run.rule == primary]
    videos, tracklets = runs[0].vnoc[0].videos, runs[0].vnoc[0].tracklets
    lead = f"{found.protocol} on {subject}: {videos:,} videos with people, {tracklets:,} tracklets, rule {primary}."
    sections = (
        Section("Summary", _summary(found, runs)),
        Section("AP against clicks", _curves(found, primary)),
        Section("AP under a budget", _budgets(found, runs)),
        Section("Clicks by kind and unit", tuple(_all_figures(found, rule) for rule in _rules(found))),
        Section("Single images", (_images(found),)),
        Section("Before and after", _before_and_after(snapshots)),
        Section("Videos", tuple(_videos(found, rule) for rule in _rules(found))),
        Section("How it was measured", _conventions(found)),
    )
    return write_page(folder, "Click benchmark", lead, [section for section in sections if section.blocks])


def _summary(found: ClickBenchmark, runs: Sequence[RunResult]) -> tuple[Block, ...]:
    shown = _telling(runs)
    cards = tuple((run.strategy, _cost(run.vnoc[shown]), _reached(run.vnoc[shown])) for run in runs)
    notes = (Text(f"{note}.", is_warning=True) for note in found.notes)
    title = Text(f"Clicks a tracklet until the AP of its video is {runs[0].vnoc[shown].target:.0f}:")
    return Text(_PROTOCOL), title, Headline(cards), *notes, *_peers(found)


def _telling(runs: Sequence[RunResult]) -> int:
    """Place of the highest target that some strategy reaches in all videos; of the highest where there is none."""
    reached = [i for i in range(len(runs[0].vnoc)) if not all(run.vnoc[i].unreached for run in runs)]
    return max(reached, default=len(runs[0].vnoc) - 1)


def _peers(found: ClickBenchmark) -> list[Table]:
    """Clicks a tracklet of every strategy, a table for each rule."""
    targets = [f"AP {needed.target:.0f}" for needed in found.runs[0].vnoc]
    unreached = [f"unreached\n{name}" for name in targets]
    tables = []
    for rule in _rules(found):
        rows: list[tuple[Cell, ...]] = [
            (run.strategy, *map(_cost, run.vnoc), *(needed.unreached for needed in run.vnoc), run.vnoc[-1].videos)
            for run in found.runs
            if run.rule == rule
        ]
        caption = f"Rule {rule}: clicks a tracklet until the AP of its video is reached. {_UNREACHED}"
        tables.append(Table(("strategy", *targets, *unreached, "videos"), tuple(rows), caption))
    return tables


def _curves(found: ClickBenchmark, primary: str) -> tuple[Block, ...]:
    plots = [_curve([run for run in found.runs if run.rule == rule], rule) for rule in _rules(found)]
    main = [plot for plot, rule in zip(plots, _rules(found), strict=True) if rule == primary]
    others = tuple(plot for plot, rule in zip(plots, _rules(found), strict=True) if rule != primary)
    return (*main, Grid(others)) if others else tuple(main)


def _curve(runs: Sequence[RunResult], rule: str) -> Plot:
    curves = [
        Line(
            run.strategy,
            [point.clicks_per_tracklet for point in run.curve],
            [point.ap for point in run.curve],
            has_marks=False,
        )
        for run in runs
    ]
    caption = f"Rule {rule}: mean AP of the videos, round by round; a video that has stopped stays as it is."
    return lines(curves, "clicks a tracklet", "AP, percent points", caption=caption)


def _budgets(found: ClickBenchmark, runs: Sequence[RunResult]) -> tuple[Block, ...]:
    clicks = list(range(len(runs[0].ap_per_tracklet)))
    kinds = {
        "tracklet": ("clicks on every tracklet", {run.strategy: run.ap_per_tracklet for run in runs}),
        "unclicked": (
            "clicks on every tracklet, AP of the person-frames that were not clicked",
            {run.strategy: run.ap_unclicked for run in runs},
        ),
        "frame": (
            "clicks on every person of every frame",
            {one.strategy: one.ap_per_frame for one in found.strategies},
        ),
    }
    plots = tuple(
        lines(
            [Line(name, clicks, values) for name, values in kinds[kind][1].items()],
            kinds[kind][0],
            "AP, percent points",
        )
        for kind in ("tracklet", "frame")
    )
    tables = tuple(
        Table(
            ("strategy", *(f"AP@{count}" for count in clicks)),
            tuple((name, *values) for name, values in figures.items()),
            f"AP in percent points, all videos together, after so many {what}.",
        )
        for what, figures in kinds.values()
    )
    return Grid(plots), Grid(tables)


def _all_figures(found: ClickBenchmark, rule: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for run in found.runs:
        for n in run.vnoc if run.rule == rule else ():
            costs = (_bound(value, n) for value in (n.per_tracklet, n.per_frame, n.per_video))
            counts = (n.clicks, n.kpt, n.add, n.delete, n.id_edits, n.unreached)
            rows.append((run.strategy, f"{n.target:.0f}", *costs, *counts))
    columns = (
        "strategy", "AP", "clicks a\ntracklet", "clicks a\nperson-frame", "clicks a\nvideo",
        "clicks", "kpt", "add", "del", "id edits\nleft", "videos\nunreached",
    )  # fmt: skip
    caption = (
        f"Rule {rule}. kpt: keypoints put right; add: people drawn; del: wrong tracks removed. "
        f"Id edits are not among the clicks. {_UNREACHED}"
    )
    return Table(columns, tuple(rows), caption)


def _images(found: ClickBenchmark) -> Table:
    noc = found.strategies[0].noc
    columns = [f"{what}{n.target:.0f}" for n in noc for what in ("NoC@", "failed\n@")]
    rows = [(one.strategy, *(cell for n in one.noc for cell in (n.rounds, n.failed))) for one in found.strategies]
    caption = (
        "Mean rounds of one click on every person until the AP of a single image is reached, over "
        f"{noc[0].images:,} images; images that never reach it count as 17 and are told as failed."
    )
    return Table(("strategy", *columns), tuple(rows), caption)


def _before_and_after(snapshots: Sequence[Snapshot]) -> tuple[Block, ...]:
    if not snapshots:
        return ()
    first = snapshots[0]
    said = (
        f"{first.video}, frame {first.frame_index}: the frame in which its people were predicted least well. Thin "
        "white: the truth. Colours: labels, a colour for each track, light on the left side of the body and dark on "
        "the right."
    )
    return Text(said), Grid(tuple(_picture(snapshot) for snapshot in snapshots))


def _picture(snapshot: Snapshot) -> Picture:
    truth, labels = snapshot.truth, snapshot.labels
    ground = blank_picture(truth, labels) if snapshot.picture is None else snapshot.picture
    when = f"{snapshot.strategy} after {snapshot.rounds} rounds" if snapshot.strategy else "predictions"
    return Picture(compared_picture(ground, truth, labels), f"{when}: mean OKS {snapshot.mean_oks:.2f}")


def _videos(found: ClickBenchmark, rule: str) -> Table:
    runs = [run for run in found.runs if run.rule == rule]
    targets = [f"clicks to\nAP {needed.target:.0f}" for needed in runs[0].vnoc]
    names = dict.fromkeys(video.name for run in runs for video in run.videos)
    rows = [
        (name, run.strategy, *_video(video))
        for name in names
        for run in runs
        for video in run.videos
        if video.name == name
    ]
    columns = ("video", "strategy", "tracklets", "AP of\npredictions", "AP at\nthe end", "rounds", *targets)
    seconds = ", ".join(f"{run.strategy} {run.seconds:,.2f} s" for run in runs)
    caption = f"Rule {rule}. AP in percent points. ≥: never reached. It took {seconds}."
    return Table(columns, tuple(rows), caption)


def _video(video: VideoClicks) -> tuple[Cell, ...]:
    clicks = (
        count if reached else f"{AT_LEAST}{count:,}" for count, reached in zip(video.clicks, video.reached, strict=True)
    )
    return (video.tracklets, video.start_ap, video.end_ap, video.rounds, *clicks)


def _conventions(found: ClickBenchmark) -> tuple[Block, ...]:
    rows: list[tuple[Cell, ...]] = [
        ("protocol", found.protocol),
        ("similarity", found.similarity),
        ("area", found.area),
        ("frames", found.frames),
        ("AP", "OKS .50:.05:.95 as pycocotools computes it, percent points"),
        ("point tracker", found.tracker),
        ("most rounds", found.max_rounds),
    ]
    blocks: list[Block] = [Table(("convention", "value"), tuple(rows))]
    if found.nulls:
        blocks.append(Table(("figures that are null", "why"), tuple(found.nulls.items()), "A null is shown as –."))
    return tuple(blocks)


def _rules(found: ClickBenchmark) -> list[str]:
    return list(dict.fromkeys(run.rule for run in found.runs))


def _cost(needed: ClicksNeeded) -> Cell:
    return _bound(needed.per_tracklet, needed)


def _bound(value: float, needed: ClicksNeeded) -> Cell:
    """The value; a lower bound where videos never reached the target."""
    return f"{AT_LEAST}{value:,.2f}" if needed.unreached else value


def _reached(needed: ClicksNeeded) -> str:
    if not needed.unreached:
        return f"all {needed.videos:,} videos reach it"
    return f"{needed.unreached:,} of {needed.videos:,} videos never reach it"
