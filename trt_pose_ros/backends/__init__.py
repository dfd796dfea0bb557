"""Inference runtimes, one file each, behind one small protocol."""

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np

# name -> (module that must be installed, what installs it, suffixes it runs); in order of preference
_RUNTIMES = {
    "openvino": ("openvino", "pip install 'trt_pose_ros[openvino]'", (".onnx", ".xml")),
    "onnxruntime": ("onnxruntime", "pip install 'trt_pose_ros[onnx]'", (".onnx",)),
}
NAMES = tuple(_RUNTIMES)


class Backend(Protocol):
    """One network, loaded and ready.

    Attributes:
        name: of the runtime, with version.
        device: where it runs, in the runtime's words.
    """

    name: str
    device: str

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run uint8 [N, H, W, 3] and return (heatmaps, pafs), float32 [N, C, h, w].

        The arrays may be views of the runtime's memory and are valid until the next call.
        """


def open_backend(model, height, width, name="auto", threads=0, exact=False):
    """Load a network.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        height, width: input size in pixels.
        name: a runtime of :data:`NAMES`, or ``auto`` for the first one that is installed and runs such files.
        threads: CPU threads; 0 leaves it to the runtime.
        exact: whether what is float32 in the file must be computed in float32. OpenVINO takes bfloat16 where the
            processor is faster with it.

    Raises:
        ValueError: unknown runtime, one that can't run this kind of file, or a network that doesn't match its manifest.
        ImportError: the runtime is not installed; the message tells how to.
    """
    suffix = model.path.suffix
    able = [n for n, (_, _, suffixes) in _RUNTIMES.items() if suffix in suffixes]
    if not able:
        raise ValueError(f"no backend runs {suffix!r} files ({model.path.name}): .onnx and OpenVINO .xml are possible")
    if name == "auto":
        installed = [n for n in able if find_spec(_RUNTIMES[n][0])]
        if not installed:
            ways = " or ".join(_RUNTIMES[n][1] for n in able)
            raise ImportError(f"no runtime for {suffix} files is installed: {ways}")
        name = installed[0]
    elif name not in _RUNTIMES:
        raise ValueError(f"backend {name!r} is unknown, must be auto, {', '.join(NAMES)}")
    elif name not in able:
        raise ValueError(f"backend {name!r} does not run {suffix} files, use {' or '.join(able)}")
    module, way, _ = _RUNTIMES[name]
    if not find_spec(module):
        raise ImportError(f"backend {name!r} is not installed: {way}")
    return import_module(f".{name}", __name__).Backend(model, height, width, threads, exact)


def check_outputs(model, shapes):
    """Raise ValueError unless the network's outputs fit its manifest's topology.

    Args:
        model: the ModelFile.
        shapes: {output name: number of channels} of the network.
    """
    manifest = model.manifest
    keypoints, links = len(manifest.topology.keypoints), len(manifest.topology.links)
    for name, fits, wanted in (
        (manifest.outputs.heatmaps, lambda channels: channels >= keypoints, f"at least {keypoints}"),
        (manifest.outputs.pafs, lambda channels: channels == 2 * links, f"{2 * links}"),
    ):
        if name not in shapes:
            raise ValueError(f"{model.path} has no output {name!r} as its manifest says, only {', '.join(shapes)}")
        if not fits(shapes[name]):
            raise ValueError(
                f"{model.path}: output {name!r} has {shapes[name]} channels, topology {manifest.topology.name!r} with "
                f"{keypoints} keypoints and {links} links needs {wanted}: model and topology do not match"
            )
