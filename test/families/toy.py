"""A family that is not ours: a network that puts out where one person's keypoints are.

This is all that a new family takes, besides the manifest of its networks and the entry point that names it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trt_pose_ros.options import Options, check_fields, option
from trt_pose_ros.poses import Poses


@dataclass(frozen=True)
class ToyOutputs:
    points: str

    def __post_init__(self):
        check_fields(self, "outputs.")


@dataclass(frozen=True)
class ToyOptions(Options):
    least: float = option(0.5, "score that a person must have", low=0.0, high=1.0)


class Family:
    Outputs: ClassVar[type] = ToyOutputs
    Options: ClassVar[type[Options]] = ToyOptions

    def __init__(self, topology, outputs, **settings):
        self.topology, self.output_names = topology, (outputs.points,)
        self.options = ToyOptions.of(**settings)

    def check(self, shapes, height, width):
        (shape,) = (shapes[name] for name in self.output_names)
        if tuple(shape[1:]) != (len(self.topology.keypoints), 3):
            raise ValueError(f"output {self.output_names[0]!r} has shape {shape}: no points of this topology")

    def __call__(self, outputs, placements):
        (points,) = (outputs[name] for name in self.output_names)
        return [self._in_image(*item) for item in zip(points, placements, strict=True)]

    def _in_image(self, points, placement):
        score = points[:, 2].mean()
        people = points[None][[score >= self.options.least]]
        return Poses(self.topology, people, np.full(len(people), score)).transformed(placement.scale, placement.offset)
