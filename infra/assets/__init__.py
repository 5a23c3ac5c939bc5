"""Asset packs on disk."""

from poseloom.infra.assets.pack import read_pack

__all__ = ["read_pack"]
