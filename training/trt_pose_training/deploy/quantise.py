"""Quantise: a model file's convolutions in 8 bits, calibrated on pictures.

python -m trt_pose_training.quantise model.onnx --images DIR --output model_int8.onnx

With ``--annotations`` and ``--eval-images`` both models are measured; they take turns at every picture.
"""

import argparse
import contextlib
import io
import logging
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process
from tqdm import tqdm

from trt_pose_ros import PosePipeline
from trt_pose_ros.backends import to_network_input
from trt_pose_ros.cli.evaluate import add_measuring_arguments
from trt_pose_ros.evaluation.accuracy import compare, describe, table
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.preprocess import Preprocessor

from .. import command
from .equalise import equalise
from .ranges import best_ranges, ordinary

# What the 8 bits are for; the activations' type where a tensor has no negative values.
#
# cpu: products of unsigned activations and signed weights are what processors have instructions for. Those of before
#   VNNI (AVX2: most desktops and many small robots' PCs) add pairs of them in 16 bits, which overflow unless weights
#   keep to half of their range: 2 * 255 * 64 < 2^15.
# tensorrt: takes signed activations with their zero at 0 only. It adds in 32 bits, so weights have their whole range.
TARGETS = {"cpu": QuantType.QUInt8, "tensorrt": QuantType.QInt8}

# What is computed in 8 bits. All else takes the type of what it lies between (ReLU, concatenation, upsampling).
_OPERATORS = ["Conv", "ConvTranspose", "Add"]


def quantise(model_path, pictures, output, target="cpu", name=None, keep=()):
    """Write a model file whose convolutions and residual sums are computed in 8 bits.

    The file has QuantizeLinear and DequantizeLinear operators before each of them and the weights as int8, a scale a
    channel. Inputs only: what a runtime fuses with a convolution (its sum, its ReLU) is rounded once, at its end.

    Args:
        model_path: model file (.onnx) in float32.
        pictures: list of uint8 [h, w, 3] BGR arrays of the kind that the model will see; they are prepared as at run
            time. Their values decide how the 8 bits are spread.
        output: model file to write.
        target: of :data:`TARGETS`. For ``cpu`` a tensor behind a ReLU is uint8 with its zero at 0, any other int8; for
            ``tensorrt`` all are int8, half of whose values are negative and of no use behind a ReLU.
        name: of the model; None: the old one's with ``_int8``.
        keep: names of modules of the network that stay in float, such as ``refinement``; their weights are stored in
            16 bits. What lies behind a concatenation stays so by itself.

    Returns:
        The :class:`~trt_pose_ros.model_file.ModelFile` written.

    Raises:
        FileNotFoundError: no such model.
        ValueError: a model that is not float32, no pictures, an unknown target, or a module that is not there.
    """
    if target not in TARGETS:
        raise ValueError(f"target is {target!r}, must be one of {', '.join(TARGETS)}")
    if not pictures:
        raise ValueError("there are no pictures to calibrate with")
    model = ModelFile.load(model_path)
    _check_float(model)
    with _silence():
        network = _prepared(model.path)
        excluded = _in_float(network.graph, keep)
        tensors, spec = _read(network.graph), model.manifest.input
        fit = ordinary(network, tensors, _Inputs(spec, pictures))
        pictures = [picture for picture, fits in zip(pictures, fit, strict=True) if fits]
        equalise(network, _Inputs(spec, pictures))
        ranges = best_ranges(network, tensors, _Inputs(spec, pictures), symmetric=target == "tensorrt")
        network = _rounded(network, ranges, target, excluded)
    _halve_weights(network.graph)
    kept = f", {' and '.join(keep)} in float" if keep else ""
    note = f"8 bits for {target}{kept}, calibrated on {len(pictures)} pictures"
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


def _rounded(network, ranges, target, excluded):
    """The network with Q/DQ operators before what is computed in 8 bits, but for the nodes ``excluded``."""
    signed = [name for name, (low, _) in ranges.items() if low < 0]
    return QDQQuantizer(
        network,
        per_channel=True,
        reduce_range=target == "cpu",
        weight_qType=QuantType.QInt8,
        activation_qType=TARGETS[target],
        tensors_range=TensorsData(CalibrationMethod.MinMax, ranges),
        nodes_to_quantize=[],
        nodes_to_exclude=excluded,
        op_types_to_quantize=_OPERATORS,
        extra_options={
            "ActivationSymmetric": target == "tensorrt",
            "TensorQuantOverrides": {name: [{"quant_type": QuantType.QInt8, "symmetric": True}] for name in signed},
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


class _Inputs:
    """Pictures as the network takes them, prepared as at run time; iterating prepares them anew, one by one."""

    def __init__(self, spec, pictures):
        self._spec, self._pictures = spec, pictures
        self._dtype = np.dtype(np.uint8 if spec.layout == "nhwc" else np.float32)
        self._preprocess = Preprocessor(spec, spec.height, spec.width)

    def __iter__(self):
        for picture in self._pictures:
            batch, _ = self._preprocess([picture])
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


def main(arguments=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.quantise", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model file in float32")
    parser.add_argument("--images", required=True, help="pictures or a video of the kind that the model will see")
    parser.add_argument("--count", type=int, default=128, help="calibrate on so many of them; default: 128")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument("--name", help="of the model; default: the old one's with _int8")
    parser.add_argument("--target", choices=TARGETS, default="cpu", help="what the 8 bits are for; default: cpu")
    parser.add_argument(
        "--keep", nargs="+", default=[], metavar="MODULE", help="parts of the network to leave in float"
    )
    measuring = parser.add_argument_group("measure both models (on other pictures than --images)")
    measuring.add_argument("--annotations", type=Path, metavar="FILE", help="COCO keypoint JSON")
    measuring.add_argument("--eval-images", type=Path, metavar="DIR", help="folder of its pictures")
    add_measuring_arguments(measuring)
    arguments = parser.parse_args(arguments)
    if (arguments.annotations is None) != (arguments.eval_images is None):
        raise ValueError("--annotations and --eval-images go together")
    source = open_source(arguments.images)
    # from all over the set: neighbours resemble each other, and those missing cost four times the drop in AP
    source = islice(source, 0, None, max(1, len(source) // arguments.count))
    pictures = [frame.image for frame in tqdm(islice(source, arguments.count), "reading", disable=None)]
    quantised = quantise(arguments.model, pictures, arguments.output, arguments.target, arguments.name, arguments.keep)
    before, after = (Path(path).stat().st_size / 1e6 for path in (arguments.model, quantised.path))
    print(f"{quantised.path}: {after:.1f} MB instead of {before:.1f}; {quantised.manifest.accuracy['quantised']}")
    if arguments.annotations:
        truth = GroundTruth(arguments.annotations, arguments.eval_images, arguments.category, arguments.limit)
        pipelines = [
            PosePipeline.open(path, arguments.backend, threads=arguments.threads)
            for path in (arguments.model, quantised.path)
        ]
        evaluations = compare(pipelines, truth)
        print(describe(pipelines, truth, arguments.threads), table(evaluations), _difference(*evaluations), sep="\n\n")
    return 0


def _difference(float32, int8):
    speed = float32.ms["network"] / int8.ms["network"]
    return f"AP drop: {float32.ap - int8.ap:.3f}; network {speed:.2f} times as fast"


if __name__ == "__main__":
    command.run(main)
