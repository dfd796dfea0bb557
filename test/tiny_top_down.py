"""A detector and a per-person network small enough for tests, which understand the pictures of tiny_model.

The detector sees necks, by their colour, and puts a box of fixed size around each; the per-person network puts out the
heatmaps that tiny_model's network makes of the whole picture. Both are rules, so that all answers are known.
"""

import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tiny_model import _COLORS, TOPOLOGY

from trt_pose_ros import Topology
from trt_pose_ros.families.blazepose import BlazePoseOutputs
from trt_pose_ros.families.boxes import BoxOutputs
from trt_pose_ros.families.heatmap import HeatmapOutputs
from trt_pose_ros.families.palms import PalmOutputs
from trt_pose_ros.families.simcc import SimccOutputs
from trt_pose_ros.model_file import InputSpec, Manifest, ModelFile

SIDE = 192  # pixels of the detector's input
CELL = 8  # of the detector
CROP = (96, 96)  # height and width of the per-person network's input
STRIDE = 4  # of its heatmaps
_NECK = TOPOLOGY.index("neck")


def write_detector(path, size):
    """Write a detector of layout yolox whose boxes are ``size`` pixels of the input, a fifth of it above the neck."""
    constants = _likeness_constants([_NECK]) | {
        "shape": np.array([0, 1, -1], np.int64),
        "place": np.float32([0.5, 0.5 + 0.2 * size / CELL, np.log(size / CELL), np.log(size / CELL)]).reshape(1, 1, 4),
        "ten": np.float32(10),
        "one": np.float32(1),
        "zero": np.float32(0),
    }
    nodes = [
        *_likeness_nodes(),
        helper.make_node("AveragePool", ["discs"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Mul", ["cells", "ten"], ["sure"]),
        helper.make_node("Clip", ["sure", "zero", "one"], ["clipped"]),
        helper.make_node("Reshape", ["clipped", "shape"], ["row"]),
        helper.make_node("Transpose", ["row"], ["column"], perm=[0, 2, 1]),
        helper.make_node("Mul", ["column", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "place"], ["boxes"]),
        helper.make_node("Add", ["nothing", "one"], ["class"]),
        helper.make_node("Concat", ["boxes", "column", "class"], ["found"], axis=2),
    ]
    manifest = Manifest(
        name="tiny_detector",
        topology=Topology.load("person_box"),
        input=InputSpec("image", SIDE, SIDE, multiple=CELL),
        outputs=BoxOutputs("yolox", ("found",), strides=(CELL,)),
        family="boxes",
        decoder={"max_overlap": 0.3},
    )
    return _write(path, nodes, constants, {"found": ["n", "cells", 6]}, manifest)


def write_person(path, simcc=False, topology=TOPOLOGY):
    """Write a per-person network of family heatmap, or of simcc with two bins a pixel of the same place."""
    height, width = CROP
    constants = _likeness_constants(range(len(TOPOLOGY.keypoints)))
    nodes = [
        *_likeness_nodes(),
        helper.make_node(
            "AveragePool", ["discs"], ["heatmaps"], kernel_shape=[STRIDE, STRIDE], strides=[STRIDE, STRIDE]
        ),
    ]
    outputs = {"heatmaps": ["n", 6, height // STRIDE, width // STRIDE]}
    family, described = "heatmap", HeatmapOutputs("heatmaps", stride=STRIDE, offset=(STRIDE - 1) / 2)
    if simcc:  # what is brightest along each axis, every pixel twice
        constants |= {"twice": np.float32([1, 1, 2])}
        nodes = _likeness_nodes()
        for name, axis in (("x", 2), ("y", 3)):
            nodes += [
                helper.make_node("ReduceMax", ["discs"], [f"max_{name}"], axes=[axis], keepdims=0),
                helper.make_node("Resize", [f"max_{name}", "", "twice"], [name], mode="nearest"),
            ]
        outputs = {"x": ["n", 6, 2 * width], "y": ["n", 6, 2 * height]}
        family, described = "simcc", SimccOutputs("x", "y")
    manifest = Manifest(
        name="tiny_person",
        topology=topology,
        input=InputSpec("image", height, width, multiple=STRIDE, resize="stretch"),
        outputs=described,
        family=family,
    )
    return _write(path, nodes, constants, outputs, manifest)


def write_hand(path):
    """Write a network for crops of left hands: the wrist is at the left wrist's disc, all else where the limb is."""
    height, width = CROP
    colors = np.array([_COLORS[TOPOLOGY.index("left_wrist")]] + [np.ones(3)] * 20)
    pool = {"kernel_shape": [STRIDE, STRIDE], "strides": [STRIDE, STRIDE]}
    nodes = [*_likeness_nodes(), helper.make_node("AveragePool", ["discs"], ["heatmaps"], **pool)]
    manifest = Manifest(
        name="tiny_hand",
        topology=Topology.load("hand_21"),
        input=InputSpec("image", height, width, multiple=STRIDE, resize="stretch"),
        outputs=HeatmapOutputs("heatmaps", stride=STRIDE, offset=(STRIDE - 1) / 2),
        family="heatmap",
    )
    outputs = {"heatmaps": ["n", 21, height // STRIDE, width // STRIDE]}
    return _write(path, nodes, _likeness_of(colors), outputs, manifest)


def write_palms(path):
    """Write a detector of family palms that sees left wrists, by their colour, of hands that point up."""
    joints = {"wrist": (0, 0), "index_mcp": (-6, -19), "middle_mcp": (0, -20), "little_mcp": (7, -17)}
    constants = _likeness_constants([TOPOLOGY.index("left_wrist")]) | {
        "shape": np.array([0, 1, -1], np.int64),
        "place": np.float32([0, 0, 60, 60, *sum(joints.values(), ())]).reshape(1, 1, -1),
        "steep": np.float32(40),
        "middle": np.float32(10),
        "zero": np.float32(0),
    }
    nodes = [
        *_likeness_nodes(),
        helper.make_node("AveragePool", ["discs"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Reshape", ["cells", "shape"], ["row"]),
        helper.make_node("Transpose", ["row"], ["column"], perm=[0, 2, 1]),
        helper.make_node("Mul", ["column", "steep"], ["sure"]),
        helper.make_node("Sub", ["sure", "middle"], ["scores"]),
        helper.make_node("Mul", ["column", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "place"], ["boxes"]),
    ]
    manifest = Manifest(
        name="tiny_palms",
        topology=Topology.load("hand_21"),
        input=InputSpec("image", SIDE, SIDE, multiple=CELL),
        outputs=PalmOutputs("boxes", "scores", tuple(joints), strides=(CELL,), anchors=(1,)),
        family="palms",
    )
    outputs = {"boxes": ["n", "cells", 4 + 2 * len(joints)], "scores": ["n", "cells", 1]}
    return _write(path, nodes, constants, outputs, manifest)


def write_body(path, world):
    """Write a per-person network of family blazepose that sees the same body, world [33, 3], in every crop."""
    landmarks = np.concatenate([np.full((33, 2), CROP[0] / 2), np.zeros((33, 1)), np.full((33, 2), 4.0)], axis=1)
    landmarks[:, :2] += 100 * np.asarray(world)[:, :2]
    values = {"landmarks": landmarks, "presence": np.ones(1), "world": world}
    constants = {f"{name} of all": np.float32(value).reshape(1, -1) for name, value in values.items()}
    constants |= {"column": np.array([-1, 1], np.int64), "zero": np.float32(0)}
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "column"], ["means"]),
        helper.make_node("Mul", ["means", "zero"], ["nothing"]),
        *(helper.make_node("Add", ["nothing", f"{name} of all"], [name]) for name in values),
    ]
    manifest = Manifest(
        name="tiny_body",
        topology=Topology.load("blazepose_33"),
        input=InputSpec("image", *CROP, multiple=STRIDE, resize="stretch"),
        outputs=BlazePoseOutputs(*values),
        family="blazepose",
    )
    outputs = {name: ["n", np.size(value)] for name, value in values.items()}
    return _write(path, nodes, constants, outputs, manifest)


def write_pair(path, network, person, **options):
    """Write the description of two networks that work together."""
    described = {"format_version": 1, "network": network.name, "person": person.name, "options": options}
    path.write_text(json.dumps(described))
    return path


def _likeness_constants(keypoints):
    return _likeness_of(_COLORS[list(keypoints)])


def _likeness_of(colors):
    return {
        "white": np.float32(255),
        "colors": np.where(colors == 1, 1, -1).astype(np.float32)[:, :, None, None],
        "bias": (1 - colors.sum(1)).astype(np.float32),
    }


def _likeness_nodes():
    return [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "white"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "colors", "bias"], ["likeness"]),
        helper.make_node("Relu", ["likeness"], ["discs"]),
    ]


def _write(path, nodes, constants, outputs, manifest):
    graph = helper.make_graph(
        nodes,
        manifest.name,
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "height", "width", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    ModelFile.write(path, model.SerializeToString(), manifest)
    return path
