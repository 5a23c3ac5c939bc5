"""Linear blend skinning: every vertex goes where the weighted mean of its segments takes it."""

import numpy as np

from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.schemas.arrays import F32, I32


@compiled
def skin(vertices: F32, segment: I32, weight: F32, rotation: F32, translation: F32) -> F32:
    """Move a body.

    Args:
        vertices: (V, 3) float32 at rest.
        segment: (V, K) int32 segments that each vertex follows, strongest first.
        weight: (V, K) float32 how much; rows sum to 1 and end in zeros.
        rotation: (S, 3, 3) float32.
        translation: (S, 3) float32.

    Returns:
        (V, 3) float32.
    """
    moved = np.empty_like(vertices)
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        a = b = c = np.float32(0)
        for k in range(segment.shape[1]):
            w = weight[i, k]
            if w == 0:
                break
            s = segment[i, k]
            a += w * (rotation[s, 0, 0] * x + rotation[s, 0, 1] * y + rotation[s, 0, 2] * z + translation[s, 0])
            b += w * (rotation[s, 1, 0] * x + rotation[s, 1, 1] * y + rotation[s, 1, 2] * z + translation[s, 1])
            c += w * (rotation[s, 2, 0] * x + rotation[s, 2, 1] * y + rotation[s, 2, 2] * z + translation[s, 2])
        moved[i, 0], moved[i, 1], moved[i, 2] = a, b, c
    return moved
