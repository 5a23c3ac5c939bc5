"""Fitting garments to a shaped body."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from poseloom.schemas.arrays import F32, Bool
from poseloom.schemas.assets import Garment


def fitted(garment: Garment, body: F32) -> F32:
    """The (G, 3) float32 vertices of a garment on a body of (V, 3) vertices, in the body's unit.

    Each vertex hangs on three vertices of the body: their weighted mean, plus an offset that is
    scaled per axis by how far two landmarks lie apart on this body.
    """
    landmarks = body[garment.scale_vertices]
    axes = np.arange(3)
    span = np.abs(landmarks[axes, 0, axes] - landmarks[axes, 1, axes])
    scale = np.where(span > 0, span / np.maximum(garment.scale_lengths, 1e-6), 1).astype(np.float32)
    mean = np.einsum("gkx,gk->gx", body[garment.anchors], garment.weights)
    return np.asarray(mean + garment.offset * scale, dtype=np.float32)


def worn_weights(garment: Garment, body_weights: F32) -> F32:
    """(G, S) how much the garment's vertices follow every segment: as the body below does; rows sum to 1."""
    weights = np.einsum("gks,gk->gs", body_weights[garment.anchors], np.maximum(garment.weights, 0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def legwear(garment: Garment, vertices: F32, hips: float) -> Bool:
    """(F,) which quads belong to pieces of cloth that hang below the hips.

    The pieces are those of the cutting pattern: the islands of the texture, so that a suit of one mesh
    still falls apart into shirt and trousers.

    Args:
        garment: The garment.
        vertices: (G, 3) its fitted vertices.
        hips: Height of the hip joints.
    """
    corners = garment.uv_quads
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 3]]])
    count = len(garment.uv)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count))
    piece = connected_components(graph, directed=False)[1][corners[:, 0]]
    height = np.bincount(piece, weights=vertices[garment.quads, 1].mean(axis=1))
    return np.asarray((height / np.maximum(np.bincount(piece), 1))[piece] < hips)
