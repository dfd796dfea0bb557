"""OpenVINO: the fastest runtime on Intel and AMD CPUs; runs .onnx and OpenVINO IR."""

from functools import cache

import numpy as np
import openvino as ov
from openvino.preprocess import PrePostProcessor

from . import check_outputs


@cache
def core():
    """The process's one openvino.Core, which lives until the process ends.

    Its CPU plugin gives the thread that makes it another signal stack (AMX needs a large one) and unmaps that when it
    is destroyed, in whatever thread: if it is not the same one, the first thread's next signal ends the process with a
    segmentation fault (seen with OpenVINO 2026.4; openvino's pull request 11894 brought the stack in).
    """
    return ov.Core()


class Backend:
    """See :class:`trt_pose_ros.backends.Backend`."""

    def __init__(self, model, height, width, threads=0, exact=False):
        spec, outputs = model.manifest.input, model.manifest.outputs
        try:
            network = core().read_model(model.path)
        except RuntimeError as error:
            raise ValueError(f"OpenVINO cannot read {model.path}: {_first_line(error)}") from None
        try:
            network.reshape({spec.name: [-1, height, width, 3] if spec.layout == "nhwc" else [-1, 3, height, width]})
        except RuntimeError as error:
            raise ValueError(
                f"{model.path} cannot be run at {height}x{width} (input {spec.name!r}): {_first_line(error)}"
            ) from None
        check_outputs(
            model, {name: output.partial_shape[1].get_length() for output in network.outputs for name in output.names}
        )
        if spec.layout == "nchw":
            network = _take_uint8_nhwc(network, spec)
        config = {"PERFORMANCE_HINT": "LATENCY"}
        config |= {"INFERENCE_NUM_THREADS": threads} if threads else {}
        config |= {"INFERENCE_PRECISION_HINT": "f32"} if exact else {}
        compiled = core().compile_model(network, "CPU", config)
        self._request = compiled.create_infer_request()
        self._outputs = [compiled.output(outputs.heatmaps), compiled.output(outputs.pafs)]
        self.name = f"openvino {ov.__version__.split('-')[0]}"
        self.device = core().get_property("CPU", "FULL_DEVICE_NAME").strip()

    def __call__(self, batch):
        self._request.infer([ov.Tensor(np.ascontiguousarray(batch), shared_memory=True)])
        heatmaps, pafs = (self._request.get_tensor(output).data for output in self._outputs)
        return heatmaps, pafs


def _take_uint8_nhwc(network, spec):
    """Put the network's normalisation inside it, so that the host copies a quarter of the bytes."""
    steps = PrePostProcessor(network)
    info = steps.input(spec.name)
    info.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    info.model().set_layout(ov.Layout("NCHW"))
    info.preprocess().convert_element_type(ov.Type.f32).mean(list(spec.mean)).scale(list(spec.std))
    return steps.build()


def _first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
