"""A scene: who and what is where, and how it is seen, through all frames of a clip.

World space is right-handed metres: x right, y up, z towards the camera; the floor is y = 0. The
camera stands at (0, height, 0) and looks along -z, so people have z < 0. A heading of h radians
turns a body about y: it faces (sin h, 0, cos h), so 0 faces the camera.
"""

from dataclasses import dataclass

from poseloom.models.synthetic.bodies import Body
from poseloom.schemas.arrays import F64, U8

BYSTANDER = -1
"""Track id of people who are drawn but not annotated; an ignore region covers them."""


@dataclass(frozen=True, eq=False)
class Actor:
    """One person through T frames.

    Attributes:
        track_id: Identity, or `BYSTANDER`.
        body: The person.
        position: (T, 2) float64 metres, x and z on the floor.
        heading: (T,) float64 radians.
        travelled: (T,) float64 metres along the path since the first frame.
    """

    track_id: int
    body: Body
    position: F64
    heading: F64
    travelled: F64


@dataclass(frozen=True, eq=False)
class Prop:
    """A box that stands in the scene and hides what is behind it.

    Attributes:
        centre: (3,) float64 metres.
        size: (3,) float64 metres along x, y, z before turning.
        heading: Radians about y.
        texture: (S, S, 4) uint8 RGBA, on every side.
    """

    centre: F64
    size: F64
    heading: float
    texture: U8


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera that pans.

    Attributes:
        focal: Pixels.
        height: Metres above the floor.
        pitch: Radians, positive looks down.
        yaw: (T,) float64 radians, positive looks to the right.
    """

    focal: float
    height: float
    pitch: float
    yaw: F64


@dataclass(frozen=True, eq=False)
class Light:
    """One lamp far away and the light that comes from everywhere.

    Attributes:
        direction: (3,) float64 unit vector towards the lamp.
        colour: (3,) float64 strength by colour.
        sky: (3,) float64 ambient light from above.
        ground: (3,) float64 ambient light from below.
    """

    direction: F64
    colour: F64
    sky: F64
    ground: F64


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that a clip shows.

    Attributes:
        actors: All people, annotated ones and bystanders.
        props: Things that hide people.
        camera: Where it is seen from.
        light: What it is lit by.
        seed: Seed of what the renderer invents: the backdrop and the sensor's noise.
    """

    actors: tuple[Actor, ...]
    props: tuple[Prop, ...]
    camera: Camera
    light: Light
    seed: int
