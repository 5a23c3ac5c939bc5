"""Mesh people: skinned bodies of an asset pack that move as people were recorded to move."""

from poseloom.models.synthetic.mesh.body import MeshBody
from poseloom.models.synthetic.mesh.casting import MeshCasting

__all__ = ["MeshBody", "MeshCasting"]
