"""Pre-processing as a network's first layers: whole camera images in, resized and padded on the GPU.

What is put before the network is what :class:`~trt_pose_ros.preprocess.Preprocessor` does on the CPU: bilinear between
the two nearest pixels of each axis, the centres of pixels where OpenCV has them, padding at the right and bottom.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from trt_pose_ros.model_file import InputSpec, ModelFile
from trt_pose_ros.preprocess import fitted_size

from .tensorrt_rules import expect_tensorrt

_PREFIX = "camera/"  # of the names of what is added


def take_whole_frames(
    path: str | os.PathLike[str], height: int, width: int, output: str | os.PathLike[str]
) -> ModelFile:
    """Write a model file whose network takes camera images of one size as they are.

    Args:
        path: the model file (.onnx); its size is that of its manifest.
        height, width: of the camera's images in pixels.
        output: the file to write; its input is uint8 [N, height, width, 3] BGR.

    Returns:
        The new ModelFile.

    Raises:
        OSError, ValueError: no such model, one that takes whole frames already or has another kind of input, or one
            that TensorRT does not take then; no file is written.
    """
    model, output = ModelFile.load(path), Path(output)
    spec = model.manifest.input
    if model.path.suffix.lower() != ".onnx":
        raise ValueError(f"{path} is no .onnx file, which layers could be put before")
    if spec.frame is not None:
        raise ValueError(f"{path} takes whole camera images of {spec.frame[1]}x{spec.frame[0]} pixels already")
    changed = replace(spec, layout="nhwc", color="bgr", pad=spec.pad_bgr, frame=(height, width))
    network = onnx.load(model.path)
    _put_before(network.graph, spec, changed, str(path))
    unproven = output.with_suffix(".part.onnx")
    try:
        ModelFile.write(unproven, network.SerializeToString(), replace(model.manifest, input=changed))
        expect_tensorrt(unproven)
        os.replace(unproven, output)
    finally:
        unproven.unlink(missing_ok=True)
    return ModelFile.load(output)


def _put_before(graph: GraphProto, spec: InputSpec, changed: InputSpec, source: str) -> None:
    (tensor,) = (value for value in graph.input if value.name == spec.name)
    planes, old = _planes(graph, spec, source)
    height, width = changed.frame or (0, 0)
    frames = helper.make_tensor_value_info(spec.name, TensorProto.UINT8, ["batch", height, width, 3])
    nodes, constants = _layers(spec, changed, planes, normalise=not old)
    for node in old:
        graph.node.remove(node)
    graph.input.remove(tensor)
    graph.input.insert(0, frames)
    graph.initializer.extend(constants)
    everything = [*nodes, *graph.node]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(everything)


def _planes(graph: GraphProto, spec: InputSpec, source: str) -> tuple[str, list[NodeProto]]:
    """The name of the tensor, float32 NCHW of 0..255, that the layers end in, and the nodes whose place they take.

    For a network that takes floats, which must have been normalised, it is the network's own input, under a new name.
    """
    (tensor,) = (value for value in graph.input if value.name == spec.name)
    kind = tensor.type.tensor_type.elem_type
    users = [node for node in graph.node if spec.name in node.input]
    if kind == TensorProto.FLOAT and spec.layout == "nchw":
        name = f"{_PREFIX}planes"
        for node in users:
            node.input[:] = [name if i == spec.name else i for i in node.input]
        return name, []
    if kind == TensorProto.UINT8 and spec.layout == "nhwc" and [node.op_type for node in users] == ["Cast"]:
        (cast,) = users
        after = [node for node in graph.node if cast.output[0] in node.input]
        if [node.op_type for node in after] == ["Transpose"] and list(after[0].attribute[0].ints) == [0, 3, 1, 2]:
            return after[0].output[0], [cast, after[0]]
    raise ValueError(
        f"{source} begins neither with uint8 NHWC that is cast and transposed, as ours do, nor with float32 NCHW: "
        "layers cannot be put before it"
    )


def _layers(
    spec: InputSpec, changed: InputSpec, result: str, normalise: bool
) -> tuple[list[NodeProto], list[TensorProto]]:
    """The nodes from the camera's images to ``result``, and their constants."""
    frame_height, frame_width = changed.frame or (0, 0)
    width, height = fitted_size(frame_width, frame_height, spec.width, spec.height, spec.resize)
    nodes: list[NodeProto] = []
    constants: list[TensorProto] = []
    last = spec.name

    def constant(name: str, values: object, kind: type = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.asarray(values, kind), f"{_PREFIX}{name}"))
        return constants[-1].name

    def layer(kind: str, *inputs: str, **attributes: object) -> None:
        nonlocal last
        nodes.append(helper.make_node(kind, [last, *inputs], [f"{_PREFIX}{len(nodes)}"], **attributes))
        nodes[-1].name = f"{_PREFIX}{kind.lower()}_{len(nodes)}"
        last = nodes[-1].output[0]

    def colours(values: tuple[float, ...]) -> np.ndarray:
        return np.reshape(values, (1, 3, 1, 1))

    layer("Cast", to=TensorProto.FLOAT)
    layer("Transpose", perm=[0, 3, 1, 2])
    scales = [1, 1, _scale(height, frame_height), _scale(width, frame_width)]
    layer("Resize", "", constant("scales", scales), mode="linear", coordinate_transformation_mode="half_pixel")
    if spec.color == "rgb":
        layer("Gather", constant("rgb", [2, 1, 0], np.int64), axis=1)
    if (height, width) != (spec.height, spec.width):
        pad = constant("pad", colours(spec.pad))  # Pad takes one value for all colours
        layer("Sub", pad)
        layer("Pad", constant("pads", [0, 0, 0, 0, 0, 0, spec.height - height, spec.width - width], np.int64))
        layer("Add", pad)
    if normalise:
        layer("Sub", constant("mean", colours(spec.mean)))
        layer("Div", constant("std", colours(spec.std)))
    nodes[-1].output[0] = result
    return nodes, constants


def _scale(wanted: int, given: int) -> np.float32:
    """A factor of which Resize makes exactly ``wanted`` pixels: it rounds the product down, in whatever precision."""
    factor = np.float32(wanted / given)
    while float(factor) * given < wanted:
        factor = np.nextafter(factor, np.float32(np.inf))
    return factor
