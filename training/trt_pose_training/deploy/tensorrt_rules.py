"""Is an ONNX file fit for TensorRT? NVIDIA's own parser answers where it is installed, and rules where it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from trt_pose_ros.engine import check, flavour
from trt_pose_ros.model_file import UINT8_LIMIT_KEY

OPSET = 17  # the newest that TensorRT 8.5 reads; onnxruntime, OpenVINO, TensorRT 10 and 11 read it as well

# What TensorRT 8.5 has, of the table of operators in onnx-tensorrt's documentation.
_NAMES = """
Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast Ceil Celu Clip Concat
Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Div Dropout Einsum Elu Equal
Erf Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool
Greater GreaterOrEqual GridSample GRU HardSigmoid HardSwish Identity If InstanceNormalization IsNaN LeakyRelu Less
LessOrEqual Log LogSoftmax Loop LRN LSTM LpNormalization LpPool MatMul Max MaxPool Mean MeanVarianceNormalization Min
Mod Mul Neg NonMaxSuppression NonZero Not OneHot Or Pad Pow PRelu QuantizeLinear RandomNormal RandomNormalLike
RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence RNN RoiAlign Round Scan
ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth
Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Where Xor
"""
OPERATORS = frozenset(_NAMES.split())


def expect_tensorrt(path: str | os.PathLike[str]) -> None:
    """Raise ValueError, with the reasons, unless TensorRT takes an ONNX file.

    Args:
        path: the file.
    """
    problems = broken_rules(path)
    if not problems and flavour.find():
        problems = [str(problem) for problem in check(path)]
    if problems:
        raise ValueError(f"TensorRT cannot take {path}: {'; '.join(problems)}")


def broken_rules(path: str | os.PathLike[str]) -> list[str]:
    """What TensorRT, from version 8.5 on, does not take of an ONNX file: sentences, or none if nothing is known.

    Args:
        path: the file.
    """
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        return [f"it is no valid ONNX: {str(error).strip().splitlines()[0]}"]
    limit = {entry.key: entry.value for entry in model.metadata_props}.get(UINT8_LIMIT_KEY)
    return [*_of_opsets(model), *_of_inputs(model.graph), *_of_operators(model.graph), *_of_zeros(model.graph, limit)]


def _of_opsets(model: ModelProto) -> Iterator[str]:
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx") and opset.version > OPSET:
            yield f"opset {opset.version} is newer than TensorRT 8.5 reads, which is {OPSET}"


def _of_inputs(graph: GraphProto) -> Iterator[str]:
    images = {i.name for i in graph.input if i.type.tensor_type.elem_type == TensorProto.UINT8}
    for node in graph.node:
        if node.op_type != "Cast" and images & set(node.input):
            yield f"{_named(node)}: a uint8 input must go into Cast at once"


def _of_operators(graph: GraphProto) -> Iterator[str]:
    for node in graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            yield f"{_named(node)}: TensorRT 8.5 has no such operator"


def _of_zeros(graph: GraphProto, limit: str | None) -> Iterator[str]:
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        zero = constants.get(node.input[2]) if len(node.input) > 2 else None
        if zero is None:
            yield f"{_named(node)}: its zero point must be a constant"
        elif onnx.numpy_helper.to_array(zero).any():
            yield f"{_named(node)}: its zero point must be 0 (symmetric quantisation)"
        elif zero.data_type == TensorProto.UINT8 and (limit != "127" or node.input[0] in constants):
            yield f"{_named(node)}: uint8 would be taken for int8, and the upper half of its values cut off"
        elif zero.data_type not in (TensorProto.INT8, TensorProto.UINT8):
            yield f"{_named(node)}: quantised tensors must be int8"


def _named(node: NodeProto) -> str:
    return f"{node.op_type} {node.name!r}"
