"""The family of networks that put out whole people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...geometry import Placement
from ...options import Options, check_fields, option
from ...poses import MISSING, Poses
from ...suppression import best_boxes
from ...topology import Topology
from .layouts import KINDS, Facts

_MOST_CANDIDATES = 2000  # of an image, the best: bounds the time that a network's noise can take


@dataclass(frozen=True)
class OneStageOutputs:
    """What such a network puts out.

    Attributes:
        kind: how the arrays are laid out, one of :data:`.layouts.KINDS`.
        people: name of the tensor of people.
        keypoints: name of the tensor of keypoints, for kinds with two tensors.
        classes: number of kinds of bodies that the network tells apart. They are all found, and no longer told apart.
    """

    kind: str = option(effect="layout of the arrays", choices=tuple(KINDS))
    people: str = option(effect="name of a tensor")
    keypoints: str = option("", "name of a tensor")
    classes: int = option(1, "kinds of bodies", low=1, high=10_000)

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if bool(self.keypoints) != (KINDS[self.kind].outputs == 2):
            raise ValueError(
                f"outputs.keypoints is {self.keypoints!r}, but a network of kind {self.kind} has "
                f"{KINDS[self.kind].outputs} output{'s' * (KINDS[self.kind].outputs > 1)}: {KINDS[self.kind].layout}"
            )


@dataclass(frozen=True)
class OneStageOptions(Options):
    """Which of a network's proposals are taken for people."""

    min_score: float = option(
        0.02, "Score a person must have. Lower finds fainter people, and more ghosts.", low=1e-3, high=1.0
    )
    min_keypoint_score: float = option(
        0.05,
        "Score a keypoint must have, else it is missing. Lower keeps guesses at what cannot be seen.",
        low=0.0,
        high=1.0,
    )
    nms_iou: float = option(
        0.7,
        "Overlap of boxes (intersection over union) with a better person above which a person is dropped as the same; "
        "1: never. Networks that put out everybody once have no use for it.",
        low=0.0,
        high=1.0,
    )
    max_people: int = option(100, "Most people of an image, the best.", low=1, high=1000)


class OneStageFamily:
    """See :class:`trt_pose_ros.families.Family`.

    Args:
        topology: keypoints of the network, in its order; the links are for drawing only.
        outputs: the :class:`OneStageOutputs`.
        **settings: of :class:`OneStageOptions`.
    """

    Outputs: ClassVar[type] = OneStageOutputs
    Options: ClassVar[type[OneStageOptions]] = OneStageOptions

    def __init__(self, topology: Topology, outputs: OneStageOutputs, **settings: Any) -> None:
        self.topology, self.outputs = topology, outputs
        self.output_names = tuple(name for name in (outputs.people, outputs.keypoints) if name)
        self.options = OneStageOptions.of(**settings)
        self._kind = KINDS[outputs.kind]
        self._size = (1, 1)

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        found = [shapes[name] for name in self.output_names]
        keypoints, classes = len(self.topology.keypoints), self.outputs.classes
        if not self._kind.fits(found, keypoints, classes):
            texts = " and ".join(
                f"{name!r} {_text(shape)}" for name, shape in zip(self.output_names, found, strict=True)
            )
            raise ValueError(
                f"output {texts} is not that of a network of kind {self.outputs.kind} with {keypoints} keypoints "
                f"(topology {self.topology.name!r}) and {classes} class{'es' * (classes > 1)}, which is "
                f"{self._kind.layout}: model and manifest do not match"
            )
        self._size = height, width  # MoveNet counts in sizes of the input

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`. Keypoints may lie outside of the image."""
        images = zip(*(outputs[name] for name in self.output_names), strict=True)
        return [self._people(*item) for item in zip(images, placements, strict=True)]

    def _people(self, arrays: Sequence[np.ndarray], placement: Placement) -> Poses:
        options = self.options
        rows = self._kind.read(
            arrays, Facts(len(self.topology.keypoints), self.outputs.classes, options.min_score, self._size)
        )
        if self._kind.repeats:
            best = best_boxes(rows.boxes, rows.scores, options.nms_iou, _MOST_CANDIDATES)
        else:
            best = np.argsort(-rows.scores, kind="stable")
        best = best[: options.max_people]
        keypoints = rows.keypoints[best]
        points = keypoints[:, :, 2]
        found = (points > 0) & (points >= options.min_keypoint_score) & np.isfinite(keypoints).all(axis=2)
        keypoints[~found] = MISSING
        points.clip(0, 1, out=points)
        return Poses(self.topology, keypoints, rows.scores[best].clip(0, 1)).transformed(
            placement.scale, placement.offset
        )


def _text(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"
