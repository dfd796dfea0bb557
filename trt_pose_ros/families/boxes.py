"""Detectors: networks that put out boxes around people, for the crops of a per-person network.

Boxes are Poses, see :mod:`trt_pose_ros.boxes`: whoever needs them does not care whether a detector or another network
found them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..boxes import KEYPOINTS, box_poses
from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import Poses
from ..suppression import best_boxes
from ..topology import Topology

# layout -> numbers of tensors that it can have
_LAYOUTS = {"boxes": (1, 2), "boxes_scores": (2,), "ssd": (1,), "yolox": (1,), "distances": (1,)}
_WITH_NMS = ("boxes", "ssd")  # the network has done it


@dataclass(frozen=True)
class BoxOutputs:
    """What a detector puts out.

    Attributes:
        layout: what the tensors hold, A anchors (or candidates) and C classes:

            - ``boxes``: [N, n, 5], x_min, y_min, x_max, y_max in input pixels and score, after suppression inside the
              network, and where it has several classes [N, n], the class of each (RTMDet, YOLOX, others of MMDeploy);
            - ``boxes_scores``: [N, A, 4] boxes in input pixels, and [N, C, A] or [N, A, C] scores (PicoDet of
              PaddleDetection without suppression);
            - ``ssd``: [1, 1, n, 7], image, class, score and box as fractions of the input, after suppression inside the
              network (OpenVINO's and Caffe's DetectionOutput);
            - ``yolox``: [N, A, 5 + C], centre and size, objectness, scores, relative to the cells of a grid (YOLOX);
            - ``distances``: [N, A, C + 4 B], scores, and for each side of the box how likely each of B distances from
              the cell is (NanoDet, NanoDet-Plus, PicoDet before its post-processing).
        tensors: their names, in the order above.
        person: number of the class of people.
        strides: of the grids, finest first; of ``yolox`` and ``distances``.
        classes: number of classes; of ``distances``.
        anchor: where in a cell distances begin, in cells: 0 in NanoDet-Plus, 0.5 in PicoDet; of ``distances``.
    """

    layout: str = option("boxes", "what the tensors hold", choices=tuple(_LAYOUTS))
    tensors: tuple[str, ...] = option((), "names")
    person: int = option(0, "number of the class of people", low=0)
    strides: tuple[int, ...] = option((8, 16, 32), "input pixels a cell", low=1)
    classes: int = option(80, "number of classes", low=1)
    anchor: float = option(0.0, "in cells", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        counts = _LAYOUTS[self.layout]
        if len(self.tensors) not in counts:
            raise ValueError(
                f"outputs.tensors names {len(self.tensors)}, layout {self.layout!r} has {' or '.join(map(str, counts))}"
            )


@dataclass(frozen=True)
class BoxOptions(Options):
    """Which boxes count."""

    min_box_score: float = option(
        0.25, "score that a box must have; lower finds more people, and costs a crop each", low=0.0, high=1.0
    )
    max_overlap: float = option(
        0.6,
        "overlap (intersection over union) above which the lower of two boxes is the same person; networks that "
        "suppress by themselves do so by their own",
        low=0.0,
        high=1.0,
    )


class Family:
    """See :class:`trt_pose_ros.families.Family`.

    Args:
        topology: ``person_box``.
        outputs: the :class:`BoxOutputs`.
        **settings: of :class:`BoxOptions`.
    """

    Outputs: ClassVar[type] = BoxOutputs
    Options: ClassVar[type[BoxOptions]] = BoxOptions

    def __init__(self, topology: Topology, outputs: BoxOutputs, **settings: Any) -> None:
        if topology.keypoints != KEYPOINTS:
            raise ValueError(f"topology is {topology.name!r}, that of a detector must be 'person_box'")
        self.topology, self.outputs = topology, outputs
        self.output_names = outputs.tensors
        self.options = BoxOptions.of(**settings)
        self._size = (0, 0)  # (height, width) of the input in pixels

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        self._size = height, width
        first = self.output_names[0]
        shape, wanted = list(shapes[first]), list(self._wanted())
        fits = len(shape) == len(wanted) and all(
            None in pair or pair[0] == pair[1] for pair in zip(shape, wanted, strict=True)
        )
        if self.outputs.layout == "yolox" and fits and shape[2] is not None:
            fits = shape[2] > 5 + self.outputs.person
        if self.outputs.layout == "distances" and fits and shape[2] is not None:
            fits = shape[2] > self.outputs.classes and (shape[2] - self.outputs.classes) % 4 == 0
        if not fits:
            raise ValueError(
                f"output {first!r} has shape {_text(shape)}, layout {self.outputs.layout!r} has {_text(wanted)} for an "
                f"input of {height}x{width}: see outputs in the manifest"
            )

    def _wanted(self) -> Sequence[int | None]:
        cells = len(self._grid()[0])
        return {
            "boxes": (None, None, 5),
            "boxes_scores": (None, None, 4),
            "ssd": (1, 1, None, 7),
            "yolox": (None, cells, None),
            "distances": (None, cells, None),
        }[self.outputs.layout]

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; boxes come best first."""
        tensors = [outputs[name] for name in self.output_names]
        if self.outputs.layout != "ssd" and len(tensors[0]) < len(placements):
            raise ValueError(
                f"output {self.output_names[0]!r} is of {len(tensors[0])} images, {len(placements)} were given: this "
                "network takes no batch, say so in its manifest, input.max_batch 1"
            )
        return [self._people(*self._read(tensors, i), placement) for i, placement in enumerate(placements)]

    def _people(self, boxes: np.ndarray, scores: np.ndarray, placement: Placement) -> Poses:
        """The boxes [n, 4] in input pixels that count, as Poses in image pixels."""
        options = self.options
        counts = (scores >= options.min_box_score) & (scores > 0) & np.isfinite(boxes).all(axis=1)
        counts &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        boxes, scores = boxes[counts], np.clip(scores[counts], 0.0, 1.0)
        if self.outputs.layout in _WITH_NMS:
            order = np.argsort(-scores, kind="stable")
        else:
            order = best_boxes(boxes, scores, options.max_overlap)
        boxes, scores = boxes[order], scores[order]
        # detectors count from the edge of the first pixel
        return box_poses(boxes - 0.5, scores).transformed(placement.scale, placement.offset)

    def _read(self, tensors: Sequence[np.ndarray], image: int) -> tuple[np.ndarray, np.ndarray]:
        """Boxes [n, 4] in input pixels and scores [n] of one image of the batch."""
        outputs, first = self.outputs, tensors[0]
        if outputs.layout == "boxes":
            rows = first[image]
            if len(tensors) > 1:
                rows = rows[tensors[1][image] == outputs.person]
            return rows[:, :4], rows[:, 4]
        if outputs.layout == "boxes_scores":
            boxes, scores = first[image], tensors[1][image]
            return boxes, scores[outputs.person] if scores.shape[1] == len(boxes) else scores[:, outputs.person]
        if outputs.layout == "ssd":
            rows = first.reshape(-1, 7)
            rows = rows[(rows[:, 0] == image) & (rows[:, 1] == outputs.person)]
            height, width = self._size
            return rows[:, 3:] * np.array([width, height, width, height], np.float32), rows[:, 2]
        return self._read_grid(first[image])

    def _read_grid(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Likewise of the values [A, ...] of the cells of a grid."""
        outputs, (cells, strides) = self.outputs, self._grid()
        if outputs.layout == "yolox":
            scores = values[:, 4] * values[:, 5 + outputs.person]
            centres, halves = (values[:, :2] + cells) * strides, np.exp(np.minimum(values[:, 2:4], 20)) * strides / 2
            return np.concatenate([centres - halves, centres + halves], axis=1), scores
        likely = np.flatnonzero(values[:, outputs.person] >= self.options.min_box_score)  # the others need no softmax
        values, cells, strides = values[likely], cells[likely], strides[likely]
        distances = _expected(values[:, outputs.classes :].reshape(len(likely), 4, -1)) * strides
        centres = (cells + outputs.anchor) * strides
        boxes = np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
        return boxes, values[:, outputs.person]

    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Column and row of each cell, float32 [A, 2], and its stride, [A, 1]; of all grids, one after another."""
        height, width = self._size
        cells, strides = [], []
        for stride in self.outputs.strides:
            rows, columns = np.indices((-(-height // stride), -(-width // stride)), np.float32)
            cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
            strides.append(np.full((rows.size, 1), stride, np.float32))
        return np.concatenate(cells), np.concatenate(strides)


def _expected(logits: np.ndarray) -> np.ndarray:
    """float [n, 4]: expected distance of logits [n, 4, B], in cells."""
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    return (weights * np.arange(logits.shape[2], dtype=np.float32)).sum(axis=2) / weights.sum(axis=2)


def _text(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"
