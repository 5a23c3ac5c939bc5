"""Similarity of labels with the truth they should repeat: same frame, same person."""

import numpy as np

from poseloom.models.accuracy import matched_rows
from poseloom.models.boxes import person_boxes
from poseloom.models.oks import box_area, keypoint_similarity
from poseloom.schemas.arrays import F64
from poseloom.schemas.instances import Instances


def similarity_to(labels: Instances, truth: Instances) -> F64:
    """(G, K) keypoint similarity by row of the truth; 0 where the labels have nothing there.

    A person counts as found only under their own track id, so a lost identity is a miss. Areas are
    0.53 of the truth's boxes (`models.oks`), or of the extents of its keypoints where it has none.
    """
    ours, theirs = matched_rows(labels, truth)
    found = np.zeros(truth.visibility.shape)
    area = box_area(person_boxes(truth))[theirs]
    alike = keypoint_similarity(truth.keypoints_xy[theirs], area, labels.keypoints_xy[ours], truth.skeleton.sigmas)
    found[theirs] = np.where(labels.visibility[ours] > 0, alike, 0.0)
    return found
