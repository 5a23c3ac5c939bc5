"""From a scene to its pictures and everything that is true about them."""

from poseloom.models.synthetic.rendering.picture import Renderer, render

__all__ = ["Renderer", "render"]
