"""Quantise: a model file's convolutions in 8 bits, calibrated on images."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorsData
from onnxruntime.quantization.onnx_model import ONNXModel
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process

from trt_pose_ros.backends import to_network_input
from trt_pose_ros.model_file import UINT8_LIMIT_KEY, ModelFile
from trt_pose_ros.preprocess import Preprocessor, Region

from .equalise import equalise
from .ranges import STEPS, best_ranges, ordinary

# What is computed in 8 bits. All else takes the type of what it lies between (ReLU, concatenation, upsampling).
_OPERATORS = ["Conv", "ConvTranspose", "Add"]


def quantise(
    model_path: str | Path,
    images: Sequence[np.ndarray | Region],
    output: str | Path,
    name: str | None = None,
    keep: Sequence[str] = (),
) -> ModelFile:
    """Write a model file whose convolutions and residual sums are computed in 8 bits.

    The file has QuantizeLinear and DequantizeLinear operators before each of them and the weights as int8, a scale a
    channel. Inputs only: what a runtime fuses with a convolution (its sum, its ReLU) is rounded once, at its end.

    One file is right for every runtime and processor, because a product of an activation and a weight stays below half
    of what 16 bits hold, and all zeros are at 0:

    - Processors without VNNI (AVX2: most desktops and many small robots' PCs) add products of unsigned activations and
      signed weights in pairs, in 16 bits that saturate. What has no negative values, such as what lies behind a ReLU,
      therefore uses 7 bits (2 * 127 * 127 < 2^15). What has some is moved to 0..255 by the runtimes, so that weights
      that meet it keep to half of their range (2 * 255 * 64 < 2^15).
    - TensorRT computes with signed 8 bits only. The 7 bits are written as uint8, for which processors have their
      instructions; it takes them for the int8 that they could be as well.

    Args:
        model_path: model file (.onnx) in float32.
        images: list of uint8 [h, w, 3] BGR arrays of the kind that the model will see, or, for a per-person network,
            of the regions of them that show a person; they are prepared as at run time. Their values decide how the 8
            bits are spread.
        output: model file to write.
        name: of the model; None: the old one's with ``_int8``.
        keep: names of modules of the network that stay in float, such as ``refinement``; their weights are stored in
            16 bits. What lies behind a concatenation stays so by itself.

    Returns:
        The :class:`~trt_pose_ros.model_file.ModelFile` written.

    Raises:
        FileNotFoundError: no such model.
        ValueError: a model that is not float32, no images, or a module that is not there.
    """
    if not images:
        raise ValueError("there are no images to calibrate with")
    model = ModelFile.load(model_path)
    _check_float(model)
    with _silence():
        network = _prepared(model.path)
        excluded = _in_float(network.graph, keep)
        tensors, spec = _read(network.graph), model.manifest.input
        fit = ordinary(network, tensors, _Inputs(spec, images))
        images = [image for image, fits in zip(images, fit, strict=True) if fits]
        equalise(network, _Inputs(spec, images))
        ranges = best_ranges(network, tensors, _Inputs(spec, images))
        network = _rounded(network, ranges, excluded)
    _halve_weights(network.graph)
    _tidy(network)
    network.metadata_props.add(key=UINT8_LIMIT_KEY, value=str(STEPS))
    kept = f", {' and '.join(keep)} in float" if keep else ""
    note = f"8 bits{kept}, calibrated on {len(images)} images"
    manifest = replace(
        model.manifest,
        name=name or f"{model.manifest.name}_int8",
        accuracy=model.manifest.accuracy | {"quantised": note},
    )
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    ModelFile.write(output, network.SerializeToString(), manifest)
    return ModelFile.load(output)


def _check_float(model):
    if model.path.suffix != ".onnx":
        raise ValueError(f"{model.path} is not an ONNX file")
    graph = onnx.load(model.path).graph
    if any(node.op_type in ("QuantizeLinear", "DequantizeLinear") for node in graph.node):
        raise ValueError(f"{model.path} is quantised already: quantise the float32 model")
    if any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in graph.initializer):
        raise ValueError(f"{model.path} is in float16: export it in float32 and quantise that")


def _prepared(path):
    """The ONNX model of a file, as the quantiser wants it: constants folded, shapes inferred."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        return onnx.load(prepared)


def _read(graph):
    """Names of the tensors, weights apart, that are read by what is computed in 8 bits."""
    weights = {tensor.name for tensor in graph.initializer} | {""}
    return sorted({name for node in graph.node if node.op_type in _OPERATORS for name in node.input} - weights)


def _rounded(network, ranges, excluded):
    """The network with Q/DQ operators before what is computed in 8 bits, but for the nodes ``excluded``."""
    signed = {name for name, (lowest, _) in ranges.items() if lowest < 0}
    overrides = {name: [{"quant_type": QuantType.QInt8, "symmetric": True}] for name in signed}
    for node in network.graph.node:
        if node.op_type in ("Conv", "ConvTranspose") and node.input[0] in signed:
            axis = int(node.op_type == "ConvTranspose")
            half = {"quant_type": QuantType.QInt8, "symmetric": True, "axis": axis, "reduce_range": True}
            overrides[node.input[1]] = [half]
    # those that are not signed: of 255 steps as the quantiser takes it, so that the lower 127 are used
    wide = {
        name: (lowest, highest * (1 if name in signed else 255 / STEPS)) for name, (lowest, highest) in ranges.items()
    }
    return QDQQuantizer(
        network,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, wide),
        nodes_to_quantize=[],
        nodes_to_exclude=excluded,
        op_types_to_quantize=_OPERATORS,
        extra_options={
            "TensorQuantOverrides": overrides,
            "OpTypesToExcludeOutputQuantization": _OPERATORS,
            "QuantizeBias": False,  # TensorRT takes no int32 biases, the others quantise them by themselves
        },
    ).quantize_model()


def _in_float(graph, keep):
    """Names of the nodes that stay in float: those of the modules ``keep``, and convolutions that read a concatenation.

    One scale has to do for all parts of a concatenation, and not all of them can be equalised: where features reach 10
    and maps that are outputs, too, 0.5, little is left of the maps. And OpenVINO (seen with 2026.4) gives wrong results
    where these have symmetric int8 inputs and the parts are of different signs, such as features behind a ReLU and part
    affinity fields.
    """
    nodes = [node for node in graph.node if node.op_type in _OPERATORS]
    concatenations = {node.output[0] for node in graph.node if node.op_type == "Concat"}
    modules = {module for node in nodes for module in node.name.split("/")[:-1] if module}
    if missing := sorted(set(keep) - modules):
        raise ValueError(f"the network has no module {', '.join(missing)} to keep, only {', '.join(sorted(modules))}")
    return [
        node.name for node in nodes if concatenations & set(node.input) or set(keep) & set(node.name.split("/")[:-1])
    ]


def _halve_weights(graph):
    """Store the weights that convolutions take as float32 in float16, with a Cast that runtimes fold when they load."""
    weights = {node.input[1] for node in graph.node if node.op_type in ("Conv", "ConvTranspose")}
    casts = []
    for tensor in graph.initializer:
        if tensor.name in weights and tensor.data_type == onnx.TensorProto.FLOAT:
            name, half = tensor.name, onnx.numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_float16"))
            casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _tidy(network):
    """Bring nodes into the order that ONNX demands, and leave out the operator sets of which no operator is there."""
    ONNXModel(network).topological_sort()
    used = {node.domain for node in network.graph.node}
    kept = [opset for opset in network.opset_import if opset.domain in used]
    del network.opset_import[:]
    network.opset_import.extend(kept)


class _Inputs:
    """Images as the network takes them, prepared as at run time; iterating prepares them anew, one by one."""

    def __init__(self, spec, images):
        self._spec, self._images = spec, images
        self._dtype = np.dtype(np.uint8 if spec.layout == "nhwc" else np.float32)
        self._preprocess = Preprocessor(spec, spec.height, spec.width)

    def __iter__(self):
        for image in self._images:
            batch, _ = self._preprocess([image])
            yield {self._spec.name: to_network_input(batch, self._spec, self._dtype)}


@contextlib.contextmanager
def _silence():
    """Without onnxruntime's prints and its warnings about models that were not prepared (ours is)."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(disabled)
