"""Installs the family of ``toy.py`` and a network of it, as somebody else's package would."""

import json
import shutil
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HEIGHT, WIDTH = 32, 64
POINTS = np.float32([[10, 8], [20, 16]])  # in pixels of the network's input


def install(folder):
    """Put the family where Python finds it if ``folder`` is on its path."""
    shutil.copy(Path(__file__).with_name("toy.py"), folder / "toy_family.py")
    about = folder / "toy_family-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy_family\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[trt_pose_ros.families]\ntoy = toy_family:Family\n")
    return folder


def write_network(path):
    """Write a network that finds a person at POINTS, the surer the brighter the image is, and its description."""
    constants = {
        "shape": np.int64([-1, 1, 1]),
        "spread": np.float32([[[0, 0, 1 / 255]] * 2]),
        "places": np.float32([np.c_[POINTS, np.zeros(2)]]),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["brightness"]),
        helper.make_node("Mul", ["brightness", "spread"], ["scores"]),
        helper.make_node("Add", ["scores", "places"], ["points"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", HEIGHT, WIDTH, 3])],
        [helper.make_tensor_value_info("points", TensorProto.FLOAT, ["n", 2, 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    manifest = {
        "format_version": 1,
        "name": "toy",
        "family": "toy",
        "topology": {"name": "pair", "keypoints": ["head", "foot"], "skeleton": [[1, 2]]},
        "input": {"name": "image", "height": HEIGHT, "width": WIDTH, "resize": "stretch"},
        "outputs": {"points": "points"},
        "decoder": {"least": 0.25},
    }
    path.with_suffix(".json").write_text(json.dumps(manifest))
    return path
