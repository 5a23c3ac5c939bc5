"""Colours that people with any colour vision tell apart."""

from poseloom.schemas.instances import UNLINKED

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
INK: Colour = (18, 20, 24)
PANEL: Colour = (28, 31, 37)
FAINT: Colour = (150, 156, 166)

_UNLINKED: Colour = (190, 190, 190)
# Okabe and Ito, "Color Universal Design" (2008), without black; vermilion's neighbours kept apart.
_TRACKS: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (204, 121, 167),
    (0, 178, 130),
    (240, 228, 66),
    (0, 124, 204),
    (226, 94, 20),
)


def track_colour(track_id: int) -> Colour:
    """RGB colour of a track; grey while it is unlinked."""
    return _UNLINKED if track_id == UNLINKED else _TRACKS[track_id % len(_TRACKS)]


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """A colour moved towards another by that share."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def text_on(colour: Colour) -> Colour:
    """Dark or white, whichever reads better on that colour (Rec. 601 luma)."""
    return INK if 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 120 else WHITE
