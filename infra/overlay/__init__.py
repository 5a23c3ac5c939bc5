"""Pictures of labels, for people to judge them by."""

from poseloom.infra.overlay.flags import Tile, flag_sheet
from poseloom.infra.overlay.movie import write_overlay_video
from poseloom.infra.overlay.sheet import contact_sheet

__all__ = ["Tile", "contact_sheet", "flag_sheet", "write_overlay_video"]
