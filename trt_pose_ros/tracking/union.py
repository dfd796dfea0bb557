"""Union: the people of an image are those with skeletons and those whom a detector beside the network has found.

A detection and a skeleton are the same person where the box overlaps what the body fills and the keypoints lie in it;
the pairs are those whose likeness is the highest in sum. Whoever has no partner stays on their own: where a detection
is missing, the keypoints' box stands in (:func:`~trt_pose_ros.boxes.body_boxes`), and where the skeleton is, the box.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..assignment import assign
from ..boxes import body_boxes, overlaps
from ..options import Options, option
from ..poses import MISSING, Poses, stacked
from .oks import body_sizes, tolerances


@dataclass(frozen=True)
class UnionOptions(Options):
    """How detections are joined with skeletons."""

    min_score: float = option(0.3, "score that a detection must have to count", low=0.0, high=1.0)
    min_overlap: float = option(
        0.3,
        "overlap (intersection over union) of a detection with what a body fills from which they may be one person; "
        "lower joins what the detector and the network see differently, higher keeps people apart who overlap",
        low=0.05,
        high=0.95,
    )
    box_only: bool = option(
        True, "people who are known by a box alone are told, too; false: they keep their identity meanwhile, unseen"
    )


def united(poses: Poses, detections: Poses, options: UnionOptions) -> Poses:
    """The people of both, in this order: those of ``poses``, then detections without a skeleton, best first.

    Args:
        poses: people with keypoints.
        detections: boxes around people in the same pixels, of topology ``person_box``; what is no box is left out.
        options: the UnionOptions.

    Returns:
        Poses of the topology of ``poses`` with ``detected_boxes``. Who is known by a box alone has its score and no
        keypoints.
    """
    boxes = detections.boxes()
    usable = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (detections.scores >= options.min_score)  # NaN is not
    detections = detections[usable]
    detections = detections[np.argsort(-detections.scores, kind="stable")]
    boxes = detections.boxes()
    rows, columns = assign(_likeness(poses, boxes.astype(float), options.min_overlap))
    detected = np.full((len(poses), 4), np.nan, np.float32)
    detected[rows] = boxes[columns]
    alone = np.setdiff1d(np.arange(len(boxes)), columns)
    nothing = np.tile(MISSING, (len(alone), len(poses.topology.keypoints), 1))
    others = Poses(poses.topology, nothing, detections.scores[alone], detected_boxes=boxes[alone])
    return replace(
        stacked(poses.topology, [replace(poses, detected_boxes=detected), others]),
        position_frame=poses.position_frame,
        camera=poses.camera,
    )


def _likeness(poses: Poses, boxes: np.ndarray, min_overlap: float) -> np.ndarray:
    """float [P, D]: overlap of each body with each of the ``boxes`` [D, 4], times the OKS of its keypoints to them.

    The place that a box implies for a keypoint is the nearest one in it. 0 where they overlap less than
    ``min_overlap``.
    """
    overlap = overlaps(np.nan_to_num(body_boxes(poses)), boxes)
    xy = np.where(poses.found[:, :, None], poses.keypoints[:, :, :2], np.nan).astype(float)[:, None]
    squares = np.square(xy - np.clip(xy, boxes[:, None, :2], boxes[:, None, 2:])).sum(axis=3)
    variances = tolerances(np.maximum(body_sizes(xy[:, 0]), 1.0), poses.topology.sigmas)[:, None]
    found = poses.found[:, None]
    alike = np.where(found, np.exp(np.nan_to_num(squares) / (-2 * variances)), 0).sum(axis=2)
    return np.where(overlap >= min_overlap, overlap * alike / np.maximum(found.sum(axis=2), 1), 0)
