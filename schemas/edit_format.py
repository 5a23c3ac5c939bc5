"""Formats in which labels travel to other tools and back."""

from enum import StrEnum


class EditFormat(StrEnum):
    """One a tool; the values are what the command line calls them."""

    CVAT = "cvat"
    COCO = "coco"
    SLP = "slp"
    LABELSTUDIO = "labelstudio"
    POSETRACK = "posetrack"
