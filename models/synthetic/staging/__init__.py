"""Staging: who is where in front of which camera, through all frames of a clip."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.synthetic.bodies import Casting
from poseloom.models.synthetic.scene import Actor, Camera, Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging.cameras import place_camera
from poseloom.models.synthetic.staging.cast import Member, cast
from poseloom.models.synthetic.staging.ground import Ground
from poseloom.models.synthetic.staging.lights import place_light
from poseloom.models.synthetic.staging.meetings import SHORT_ABSENCE, absences, covered, overlaps
from poseloom.models.synthetic.staging.paths import Path, walk
from poseloom.models.synthetic.staging.places import start
from poseloom.models.synthetic.staging.props import obstacles, place_props

__all__ = ["stage"]

_REHEARSED_PEOPLE = 64
"""Fewer rehearsals where there are more people: they meet often enough anyway."""
_MOST_COVERED = 0.25
_TIME_TO_RETURN_S = 6.0
"""Seconds in which somebody who passed before another can pass behind them as well."""
_SURE = 14
"""Frames by which an absence may turn out shorter: limbs reach further than people are taken to."""


def stage(spec: ClipSpec, casting: Casting) -> Scene:
    """The scene of a spec, played by people of the casting; equal specs and castings give equal scenes.

    Nobody comes closer than 0.6 m to anyone or walks through a prop. Of some rehearsals the first is
    taken that has what the spec asks for (meetings, absences both short and long, or a free view of
    everyone), or else the one that comes closest.
    """
    streams = np.random.default_rng(spec.seed).spawn(6)
    camera, ground = place_camera(spec, streams[0])
    members = cast(spec, casting, streams[1])
    props = place_props(spec.props, ground, streams[2])
    tries = max(1, _REHEARSED_PEOPLE // spec.people)
    discs = obstacles(props)
    rehearsals = (_rehearse(spec, members, ground, discs, rng) for rng in streams[3].spawn(tries))
    paths = _chosen(rehearsals, spec, camera, ground)
    actors = tuple(
        Actor(member.track_id, member.body, path.position, path.heading, path.travelled)
        for member, path in zip(members, paths, strict=True)
    )
    light = place_light(streams[4])
    return Scene(actors, props, camera, light, int(streams[5].integers(1 << 31)))


def _rehearse(
    spec: ClipSpec, members: tuple[Member, ...], ground: Ground, discs: np.ndarray, rng: np.random.Generator
) -> list[Path]:
    paths = walk(start(members, spec, ground, discs, rng), discs, ground, spec.leave, spec.frames, spec.fps)
    return [path if member.moves else _swaying(path, spec, rng) for member, path in zip(members, paths, strict=True)]


def _swaying(path: Path, spec: ClipSpec, rng: np.random.Generator) -> Path:
    """Who stays in place turns a little to both sides."""
    time = np.arange(spec.frames) / spec.fps
    wide, rate, phase = rng.uniform(0.1, 0.5), rng.uniform(0.08, 0.25), rng.uniform(0, 2 * np.pi)
    return Path(path.position, path.heading + wide * np.sin(2 * np.pi * rate * time + phase), path.travelled)


def _chosen(rehearsals: Iterator[list[Path]], spec: ClipSpec, camera: Camera, ground: Ground) -> list[Path]:
    best, fewest = [], np.inf
    for paths in rehearsals:
        faults = _faults(paths[: spec.people], spec, camera, ground)
        if faults < fewest:
            best, fewest = paths, faults
        if faults <= 0:
            break
    return best


def _faults(paths: list[Path], spec: ClipSpec, camera: Camera, ground: Ground) -> float:
    """How far paths are from what the spec asks for; 0 when they have it all."""
    faults = 0.0
    if spec.people > 1 and spec.paths == "crossing":
        met = overlaps(paths, camera, ground)
        faults += max(0.0, 1 - len(met) / _wanted_overlaps(spec))
        if spec.frames / spec.fps >= _TIME_TO_RETURN_S:
            faults += 0.5 * all((behind, before) not in met for before, behind in met)
    elif spec.people > 1:
        faults += max(0.0, covered(paths, camera) - _MOST_COVERED)
    if spec.leave:
        gone = absences(paths, camera, ground)
        faults += not any(_SURE < gap <= SHORT_ABSENCE for gap in gone)
        faults += not any(gap > SHORT_ABSENCE + _SURE for gap in gone)
    return faults


def _wanted_overlaps(spec: ClipSpec) -> float:
    """Meetings: one a second for four people, more for more pairs."""
    pairs = spec.people * (spec.people - 1) / 2
    return max(1.0, spec.frames / spec.fps * min(pairs, 12) / 6)
