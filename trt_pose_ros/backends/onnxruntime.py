"""ONNX Runtime: runs .onnx everywhere."""

import onnxruntime as ort

from ..preprocess import to_float_nchw
from . import check_outputs


class Backend:
    """See :class:`trt_pose_ros.backends.Backend`. It is exact in any case."""

    def __init__(self, model, height, width, threads=0, exact=False):
        self._spec = model.manifest.input
        outputs = model.manifest.outputs
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        # spinning threads burn a robot's CPU between frames
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(str(model.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exception classes share no other base
            raise ValueError(f"ONNX Runtime cannot load {model.path}: {error}") from None
        inputs = {i.name: i.shape for i in self._session.get_inputs()}
        if self._spec.name not in inputs:
            raise ValueError(f"{model.path} has no input {self._spec.name!r} as its manifest says, only {list(inputs)}")
        shape = inputs[self._spec.name]
        fixed = shape[1:3] if self._spec.layout == "nhwc" else shape[2:4]
        if any(isinstance(f, int) and f != wanted for f, wanted in zip(fixed, (height, width), strict=True)):
            raise ValueError(f"{model.path} can only be run at {fixed[0]}x{fixed[1]}, not at {height}x{width}")
        check_outputs(model, {o.name: o.shape[1] for o in self._session.get_outputs()})
        self._outputs = [outputs.heatmaps, outputs.pafs]
        self.name = f"onnxruntime {ort.__version__}"
        self.device = self._session.get_providers()[0].removesuffix("ExecutionProvider")

    def __call__(self, batch):
        if self._spec.layout == "nchw":
            batch = to_float_nchw(batch, self._spec)
        heatmaps, pafs = self._session.run(self._outputs, {self._spec.name: batch})
        return heatmaps, pafs
