"""Networks that put people out as well-known ones do, small enough for tests, with nothing that describes them.

They find one person, at POINTS, whose score is the mean of the input's first channel (divided by 255 where the network
takes 0..255): so the answer shows whether colour order and normalisation are right.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = (64, 96)  # height, width of the input
BOX = np.float32([16, 8, 80, 56])
POINTS = np.stack([np.linspace(20, 70, 17), np.linspace(10, 50, 17)], axis=1).astype(np.float32)
KEYPOINT_SCORE = 0.75

ULTRALYTICS = {
    "author": "Ultralytics",
    "license": "AGPL-3.0 License (https://ultralytics.com/license)",
    "stride": "32",
    "task": "pose",
    "imgsz": str(list(SIZE)),
    "names": "{0: 'person'}",
    "kpt_shape": "[17, 3]",
}


def write_network(path, kind, metadata=(), *, free=False, size=SIZE, names=None, ir_version=8):
    """Write a network of a kind of :data:`trt_pose_ros.families.one_stage.KINDS` to ``path`` and return the path.

    Args:
        metadata: that the file has.
        free: whether batch and size are left open.
        size: (height, width) of the input.
        names: of the outputs, instead of those that the exporters give.
        ir_version: of the file; before 4, weights are listed among the inputs.
    """
    movenet = kind == "movenet"
    arrays, scores, usual = _outputs(kind, *size)
    names = list(names or usual)
    shape = [1, *size, 3] if movenet else [1, 3, *size]
    if free:
        shape = ["n", "h", "w", 3] if movenet else ["n", 3, "h", "w"]
    constants = {
        "channel": np.int64(0),
        "scale": np.float32(1 if kind.startswith("yolo") else 255),
        "places": np.int64([-1, 1, 1]),
        "places4": np.int64([-1, 1, 1, 1]),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["float", "channel"], ["first"], axis=3 if movenet else 1),
        helper.make_node("ReduceMean", ["first"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Div", ["mean", "scale"], ["score"]),
    ]
    outputs = []
    for name, array, score in zip(names, arrays, scores, strict=True):
        constants |= {f"{name}_values": array, f"{name}_scores": score}
        nodes += [
            helper.make_node("Reshape", ["score", "places4" if array.ndim == 4 else "places"], [f"{name}_score"]),
            helper.make_node("Mul", [f"{name}_score", f"{name}_scores"], [f"{name}_scored"]),
            helper.make_node("Add", [f"{name}_scored", f"{name}_values"], [name]),
        ]
        dims = ["n" if free else 1, *array.shape[1:]]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    inputs = [helper.make_tensor_value_info("images", TensorProto.INT32 if movenet else TensorProto.FLOAT, shape)]
    if ir_version < 4:
        inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in weights]
    graph = helper.make_graph(nodes, kind, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=ir_version)
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, path)
    return path


def _outputs(kind, height, width):
    """(arrays without the person's score, where the score goes, names)."""
    points = np.c_[POINTS, np.full(17, KEYPOINT_SCORE)]
    if kind == "rtmo":
        return (
            [_row(BOX, 0), points[None, None].astype(np.float32)],
            [_row(0 * BOX, 1), _zeros(1, 1, 17, 3)],
            ("dets", "keypoints"),
        )
    if kind == "movenet":
        places = np.c_[points[:, 1] / height, points[:, 0] / width, points[:, 2]]
        box = BOX[[1, 0, 3, 2]] / [height, width, height, width]
        values, place, others, axis = _row(places.ravel(), box, 0), 55, 5, 1
    elif kind == "yolo_nms":
        values, place, others, axis = _row(BOX, 0, 0, points.ravel()), 4, 300 - 1, 1
    else:
        corners = BOX.reshape(2, 2)
        values, place, others, axis = _row(corners.mean(axis=0), corners[1] - corners[0], 0, points.ravel()), 4, 125, 2
        values = values.transpose(0, 2, 1)
    scores = np.zeros_like(values)
    scores[(0, place, 0) if axis == 2 else (0, 0, place)] = 1
    empty = [(0, 0), (0, others if axis == 1 else 0), (0, others if axis == 2 else 0)]
    return [np.pad(values, empty)], [np.pad(scores, empty)], ("output0",)


def _row(*parts):
    return np.concatenate([np.atleast_1d(p) for p in parts]).astype(np.float32)[None, None]


def _zeros(*shape):
    return np.zeros(shape, np.float32)
