"""A network small enough for tests, whose answers are known, and the pictures it understands.

A person is a stick figure on black: white limbs, and at each keypoint a disc in the keypoint's own colour. The network
turns colours into heatmaps (a linear rule per colour, so that blurred edges never look like another colour) and white
into fields of fixed directions; hence all people stand alike, and differ in place, size and in what is hidden.
"""

import cv2
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from trt_pose_ros import Topology
from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import InputSpec, Manifest, ModelFile

TOPOLOGY = Topology.from_category(
    {
        "name": "tiny",
        "keypoints": ["nose", "neck", "left_wrist", "right_wrist", "left_ankle", "right_ankle"],
        "skeleton": [[1, 2], [2, 3], [2, 4], [2, 5], [2, 6]],
    }
)
HEIGHT, WIDTH = 96, 128  # of the network's input
STRIDE = 4  # input pixels a map cell

# keypoints relative to the neck, for a person of size 1; the person faces us, so left is at our right
_FIGURE = np.array([[0.0, -0.3], [0.0, 0.0], [0.4, 0.15], [-0.4, 0.15], [0.25, 0.6], [-0.25, 0.6]], np.float32)
_COLORS = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]], np.float32)  # BGR, 0 or 1
_LIMB, _DISC = 0.08, 0.09  # width and radius, in sizes


def person(x, y, size):
    """float32 [K, 2]: the keypoints of a person of ``size`` pixels (0.9 of it is their height), the neck at (x, y)."""
    return np.float32([x, y]) + np.float32(size) * _FIGURE


def picture(people, width=320, height=240):
    """uint8 [height, width, 3] BGR with the people in it.

    Args:
        people: list of what :func:`person` returns; a keypoint that is NaN is hidden, and so is the limb to it.
    """
    image = np.zeros((height, width, 3), np.uint8)
    for points in people:
        size = np.nanmax(np.linalg.norm(points - points[1], axis=1)) / np.linalg.norm(_FIGURE[4])
        for a, b in TOPOLOGY.links:
            if np.isfinite(points[[a, b]]).all():
                cv2.line(image, *_fixed(points[[a, b]]), (255, 255, 255), max(1, round(_LIMB * size)), cv2.LINE_AA, 4)
        for (point,), color in zip(map(_fixed, points[:, None]), _COLORS, strict=True):
            if point is not None:
                cv2.circle(image, point, round(16 * _DISC * size), (255 * color).tolist(), -1, cv2.LINE_AA, 4)
    return image


def write_model(path, *, work=0, topology=TOPOLOGY, **manifest):
    """Write the network with its manifest to ``path`` (an .onnx file) and return the path.

    Args:
        work: makes the network slower: number of products of two 512x512 matrices that it computes to no effect.
        topology: that the manifest tells of; any but ours does not match the network.
        manifest: other fields of the Manifest.
    """
    described = Manifest(
        name="tiny",
        topology=topology,
        input=InputSpec("image", HEIGHT, WIDTH, multiple=STRIDE),
        **{"outputs": PafOutputs("heatmaps", "pafs", stride=STRIDE, offset=(STRIDE - 1) / 2)} | manifest,
    )
    ModelFile.write(path, _network(work).SerializeToString(), described)
    return path


def _fixed(points):
    return [tuple(np.rint(16 * p).astype(int).tolist()) if np.isfinite(p).all() else None for p in points]


def _network(work):
    directions = np.array([_FIGURE[b] - _FIGURE[a] for a, b in TOPOLOGY.links])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    constants = {
        "white": np.float32(255),
        # 1 for the colour itself, at most 0 for the other corners of the colour cube, black and white among them
        "colors": np.where(_COLORS == 1, 1, -1).astype(np.float32)[:, :, None, None],
        "bias": 1 - _COLORS.sum(1),
        "sum": np.ones((1, 3, 1, 1), np.float32),
        "zero": np.float32(0),
        "one": np.float32(1),
        "directions": directions.astype(np.float32).reshape(1, -1, 1, 1),
    }
    pool = {"kernel_shape": [STRIDE, STRIDE], "strides": [STRIDE, STRIDE]}
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "white"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "colors", "bias"], ["likeness"]),
        helper.make_node("Relu", ["likeness"], ["discs"]),
        helper.make_node("AveragePool", ["discs"], ["heatmaps"], **pool),
        helper.make_node("Conv", ["planes", "sum"], ["brightness"]),
        helper.make_node("Clip", ["brightness", "zero", "one"], ["body"]),
        helper.make_node("AveragePool", ["body"], ["cells"], **pool),
        helper.make_node("Mul", ["cells", "directions"], ["pafs" if not work else "fields"]),
    ]
    if work:
        constants |= {"matrix": np.full((512, 512), 1 / 512, np.float32), "nothing": np.float32(1e-30)}
        nodes += [
            helper.make_node("ReduceMean", ["planes"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["matrix", "mean"], ["product0"]),
            *(helper.make_node("MatMul", [f"product{i}", "matrix"], [f"product{i + 1}"]) for i in range(work)),
            helper.make_node("ReduceMean", [f"product{work}"], ["result"], keepdims=0),
            helper.make_node("Mul", ["result", "nothing"], ["noise"]),
            helper.make_node("Add", ["fields", "noise"], ["pafs"]),
        ]
    keypoints, links = len(TOPOLOGY.keypoints), len(TOPOLOGY.links)
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "height", "width", 3])],
        [
            helper.make_tensor_value_info("heatmaps", TensorProto.FLOAT, ["n", keypoints, "h", "w"]),
            helper.make_tensor_value_info("pafs", TensorProto.FLOAT, ["n", 2 * links, "h", "w"]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
