"""People made of formulas: lofted bodies, painted clothes and faces, motion within anatomical limits."""

from poseloom.models.synthetic.procedural.person import Person, ProceduralCasting

__all__ = ["Person", "ProceduralCasting"]
