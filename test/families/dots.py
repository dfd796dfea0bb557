"""A family whose pictures say where people are: each keypoint is one pixel, (number + 1, score, 255) in BGR.

So a node finds exactly the people of a generated scene, by a real network and real images.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from trt_pose_ros.options import Options, check_fields
from trt_pose_ros.poses import MISSING, Poses


@dataclass(frozen=True)
class DotsOutputs:
    pixels: str

    def __post_init__(self):
        check_fields(self, "outputs.")


@dataclass(frozen=True)
class DotsOptions(Options):
    pass


class Family:
    Outputs: ClassVar[type] = DotsOutputs
    Options: ClassVar[type[Options]] = DotsOptions

    def __init__(self, topology, outputs, **settings):
        self.topology, self.output_names = topology, (outputs.pixels,)
        self.options = DotsOptions.of(**settings)

    def check(self, shapes, height, width):
        (shape,) = (shapes[name] for name in self.output_names)
        if tuple(shape[1:]) != (height, width, 3):
            raise ValueError(f"output {self.output_names[0]!r} has shape {shape}: not the picture itself")

    def __call__(self, outputs, placements):
        (pixels,) = (outputs[name] for name in self.output_names)
        return [self._read(*item) for item in zip(pixels, placements, strict=True)]

    def _read(self, picture, placement):
        count = len(self.topology.keypoints)
        rows, columns = np.nonzero(picture[:, :, 2] == 255)
        numbers, scores = picture[rows, columns, 0].astype(int) - 1, picture[rows, columns, 1] / 255
        keypoints = np.tile(MISSING, (numbers.max(initial=-1) // count + 1, count, 1))
        keypoints[numbers // count, numbers % count] = np.stack([columns, rows, scores], axis=1)
        found = keypoints[(keypoints[:, :, 2] > 0).any(axis=1)]
        return Poses(self.topology, found, found[:, :, 2].max(axis=1)).transformed(placement.scale, placement.offset)


def picture(keypoints, width, height):
    """uint8 [height, width, 3] BGR in which :class:`Family` finds ``keypoints`` [P, K, 3], x and y rounded."""
    image = np.full((height, width, 3), 90, np.uint8)
    for number, (x, y, score) in enumerate(np.reshape(keypoints, (-1, 3))):
        if score > 0:
            column, row = np.clip(np.rint([x, y]), 0, [width - 1, height - 1]).astype(int)
            image[row, column] = number + 1, round(255 * score), 255
    return image


def install(folder):
    """Put the family where Python finds it if ``folder`` is on its path."""
    (folder / "dots_family.py").write_text(Path(__file__).read_text())
    about = folder / "dots_family-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: dots_family\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[trt_pose_ros.families]\ndots = dots_family:Family\n")
    return folder


def write_network(path, topology, width=640, height=480):
    """Write the network, which hands the picture on, and its description; returns its path."""
    from onnx import TensorProto, helper

    shape = ["n", height, width, 3]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["pixels"])],
        "dots",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    manifest = {
        "format_version": 1,
        "name": "dots",
        "family": "dots",
        "topology": topology.to_category(),
        "input": {"name": "image", "height": height, "width": width, "resize": "stretch"},
        "outputs": {"pixels": "pixels"},
        "decoder": {},
    }
    path.with_suffix(".json").write_text(json.dumps(manifest))
    return path
