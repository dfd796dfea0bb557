"""MediaPipe's palm detector (Zhang et al., "MediaPipe Hands", 2020): hands in whole images, with seven of their joints.

Palms are found and not hands, since they are rigid and nearly square. Hands that are found so say where a hand network
is to look, see :mod:`trt_pose_ros.hands`. How its tensors are read is what MediaPipe's graph palm_detection does
(Apache-2.0, Google); of several boxes around one palm the best is taken, where MediaPipe takes their mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import MISSING, Poses
from ..suppression import best_boxes
from ..topology import Topology

_BOX = 4  # values of an anchor before its joints': middle and size of the palm's box


@dataclass(frozen=True)
class PalmOutputs:
    """What such a network puts out.

    Attributes:
        boxes: name of the tensor [N, A, 4 + 2 J]: of each anchor the middle and the size of a box and the places of J
            joints, in input pixels; places are relative to the anchor's cell.
        scores: name of the tensor [N, A, 1], logits.
        joints: names of the J joints.
        strides: of the grids of cells, finest first, input pixels.
        anchors: of a cell, of each grid.
    """

    boxes: str
    scores: str
    joints: tuple[str, ...] = option((), "names")
    strides: tuple[int, ...] = option((8, 16), "input pixels a cell", low=1)
    anchors: tuple[int, ...] = option((2, 6), "anchors a cell", low=1)

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if len(self.strides) != len(self.anchors):
            raise ValueError(
                f"outputs.anchors are {self.anchors}: one is wanted for each of outputs.strides {self.strides}"
            )


@dataclass(frozen=True)
class PalmOptions(Options):
    """Which palms count."""

    min_palm_score: float = option(0.5, "score that a palm must have; lower finds more hands", low=0.0, high=1.0)
    max_overlap: float = option(
        0.3, "overlap (intersection over union) above which the lower of two boxes is the same palm", low=0.0, high=1.0
    )


class Family:
    """See :class:`trt_pose_ros.families.Family`; hands come best first, joints that the network does not tell missing.

    Args:
        topology: of hands.
        outputs: the :class:`PalmOutputs`.
        **settings: of :class:`PalmOptions`.

    Raises:
        ValueError: the topology lacks a joint.
    """

    Outputs: ClassVar[type] = PalmOutputs
    Options: ClassVar[type[PalmOptions]] = PalmOptions

    def __init__(self, topology: Topology, outputs: PalmOutputs, **settings: Any) -> None:
        unknown = [name for name in outputs.joints if name not in topology.keypoints]
        if unknown or not outputs.joints:
            raise ValueError(
                f"outputs.joints are {list(outputs.joints)}, must be some of topology {topology.name!r}: "
                f"{', '.join(topology.keypoints)}"
            )
        self.topology, self.outputs = topology, outputs
        self.output_names = (outputs.boxes, outputs.scores)
        self.options = PalmOptions.of(**settings)
        self._joints = [topology.index(name) for name in outputs.joints]
        self._cells = np.zeros((0, 2), np.float32)

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        self._cells = self._anchors(height, width)
        values = {self.outputs.boxes: _BOX + 2 * len(self._joints), self.outputs.scores: 1}
        for name, count in values.items():
            wanted = [None, len(self._cells), count]
            shape = list(shapes[name])
            if len(shape) != 3 or any(
                None not in pair and pair[0] != pair[1] for pair in zip(shape, wanted, strict=True)
            ):
                raise ValueError(
                    f"output {name!r} has shape {shape}, must be [batch, {wanted[1]}, {count}] for an input of "
                    f"{height}x{width}: see outputs in the manifest"
                )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`."""
        boxes, logits = (outputs[name] for name in self.output_names)
        return [self._hands(*item) for item in zip(boxes, logits[:, :, 0], placements, strict=True)]

    def _hands(self, values: np.ndarray, logits: np.ndarray, placement: Placement) -> Poses:
        """The hands of one image."""
        scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        likely = np.flatnonzero((scores >= self.options.min_palm_score) & np.isfinite(values).all(axis=1))
        scores, cells = scores[likely], self._cells[likely]
        middles, sizes = values[likely, :2] + cells, np.maximum(values[likely, 2:_BOX], 0)
        boxes = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1)
        best = best_boxes(boxes, scores, self.options.max_overlap)
        places = values[likely][best, _BOX:].reshape(len(best), len(self._joints), 2) + cells[best, None]
        keypoints = np.tile(MISSING, (len(best), len(self.topology.keypoints), 1))
        keypoints[:, self._joints, :2] = places - 0.5  # they count from the edge of the first pixel
        keypoints[:, self._joints, 2] = scores[best, None]
        return Poses(self.topology, keypoints, scores[best]).transformed(placement.scale, placement.offset)

    def _anchors(self, height: int, width: int) -> np.ndarray:
        """float32 [A, 2]: x, y of the anchors' cells in input pixels; of all grids, one after another."""
        grids = []
        for stride, count in zip(self.outputs.strides, self.outputs.anchors, strict=True):
            rows, columns = np.indices((-(-height // stride), -(-width // stride)), np.float32)
            middles = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * stride
            grids.append(np.repeat(middles, count, axis=0))
        return np.concatenate(grids)
