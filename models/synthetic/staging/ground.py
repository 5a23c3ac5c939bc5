"""The part of the floor that the camera sees, in coordinates in which staging is easy."""

from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64


@dataclass(frozen=True)
class Ground:
    """A wedge of the floor in front of the camera.

    A place is (u, d): distance d in metres, and u across, -1 at the left edge of the picture and 1
    at the right one when the camera looks straight ahead.

    Attributes:
        near: Distance in metres of the people closest to the camera.
        far: Distance of those furthest away.
        slope: Half the width of the picture in metres per metre of distance.
        reach: Share of u that stays in the picture while the camera sweeps.
    """

    near: float
    far: float
    slope: float
    reach: float

    def at(self, u: float, d: float) -> F64:
        """(2,) x and z in metres of a place."""
        return np.array([u * self.slope * d, -d])

    def beyond(self, side: float, d: float, metres: float) -> F64:
        """(2,) x and z of a place so far outside the picture's edge, wherever the camera looks."""
        edge = (2 - self.reach) * self.slope * d
        return np.array([side * (edge + metres), -d])
