"""The ``categories`` list of COCO-like files and the skeleton it names."""

from dataclasses import dataclass

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.rows import Json, Rows
from poseloom.schemas.skeleton import COCO17, POSETRACK, SKELETONS, Skeleton


@dataclass(frozen=True)
class Layout:
    """A skeleton and a file's own order of its keypoints.

    Attributes:
        skeleton: The skeleton.
        category_id: Id of the category that has the keypoints.
        to_skeleton: For each skeleton slot, its position in the file.
    """

    skeleton: Skeleton
    category_id: int
    to_skeleton: tuple[int, ...]

    @property
    def to_file(self) -> tuple[int, ...]:
        """For each position in the file, its skeleton slot."""
        return tuple(sorted(range(len(self.to_skeleton)), key=self.to_skeleton.__getitem__))


def plain_layout(skeleton: Skeleton, category_id: int = 1) -> Layout:
    """The skeleton's own order."""
    return Layout(skeleton, category_id, tuple(range(len(skeleton))))


def skeleton_of_names(names: list[str], where: str) -> Skeleton:
    """The skeleton with exactly these keypoints, in any order.

    Raises:
        LabelError: No such skeleton.
    """
    for skeleton in SKELETONS.values():
        if sorted(names) == sorted(skeleton.keypoints):
            return skeleton
    raise LabelError(f"{where}: expected the keypoints of {', '.join(SKELETONS)}, got {', '.join(names) or 'none'}")


def layout_of(document: Json, name: str) -> Layout | None:
    """The layout that the categories name; None when no category lists keypoints.

    Raises:
        LabelError: Unknown keypoints, or categories with different keypoints.
    """
    if "categories" not in document:
        return None
    categories = Rows.of(document, name, "categories")
    layouts: list[Layout] = []
    for row, category in enumerate(categories.items):
        if "keypoints" in category:
            names = category["keypoints"]
            if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
                raise categories.error(row, "keypoints", "a list of names", names)
            skeleton = skeleton_of_names(names, f"{categories.where}[{row}].keypoints")
            category_id = category.get("id", 1)
            if type(category_id) is not int:
                raise categories.error(row, "id", "an integer", category_id)
            layouts.append(Layout(skeleton, category_id, tuple(map(names.index, skeleton.keypoints))))
    kinds = {(layout.skeleton.name, layout.to_skeleton) for layout in layouts}
    if len(kinds) > 1:
        raise LabelError(f"{categories.where}: expected one list of keypoints, got {len(kinds)} different ones")
    return layouts[0] if layouts else None


def layout_for(skeleton: Skeleton, categories: object, name: str) -> Layout:
    """The layout in which to write a skeleton under given categories; plain when they list no keypoints.

    Raises:
        LabelError: The categories list the keypoints of another skeleton.
    """
    layout = layout_of({"categories": categories}, name) if categories is not None else None
    if layout is not None and layout.skeleton != skeleton:
        raise LabelError(f"{name}: expected categories of {skeleton.name}, got {layout.skeleton.name}")
    return layout or plain_layout(skeleton)


def categories_for(skeleton: Skeleton) -> list[Json]:
    """The one-person category list of a skeleton; limbs are 1-based pairs.

    PoseTrack's official files carry COCO's limb list unchanged, ear slots included.
    """
    limbs = COCO17.limbs if skeleton == POSETRACK else skeleton.limbs
    return [
        {
            "supercategory": "person",
            "id": 1,
            "name": "person",
            "keypoints": list(skeleton.keypoints),
            "skeleton": [[a + 1, b + 1] for a, b in limbs],
        }
    ]
