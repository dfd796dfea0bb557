"""Engines of torch2trt: what its ``*_trt.pth`` holds, and how such an engine is run.

torch2trt saves the state dict of its TRTModule: ``engine`` (the serialised engine), ``input_names`` and
``output_names``, in versions of 2022 and later also ``input_flattener`` and ``output_flattener``. trt_pose's networks
have one input, the image, and two outputs, heatmaps and then fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import InputSpec, Manifest
from trt_pose_ros.topology import Topology

from .trt_pose_weights import IMAGENET_MEAN, IMAGENET_STD


class _Flattener:
    """Stands for torch2trt's class of that name, which tells how the outputs were nested: not needed, never run."""


_Flattener.__module__, _Flattener.__name__, _Flattener.__qualname__ = "torch2trt.flattener", "Flattener", "Flattener"


def read(path: str | Path) -> tuple[bytes, list[str], list[str]]:
    """Read what torch2trt has saved; nothing in the file is executed.

    Returns:
        (engine, input names, output names): bytes and lists of text.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it holds something else.
    """
    try:
        with torch.serialization.safe_globals([_Flattener]):
            state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # what a broken file raises depends on where it is broken
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"{path} is not a file of torch2trt: {reason}") from None
    # a TRTModule inside another module has its name before each entry
    found = {str(key).rpartition(".")[2]: value for key, value in state.items()} if isinstance(state, dict) else {}
    missing = [name for name in ("engine", "input_names", "output_names") if name not in found]
    if missing:
        raise ValueError(
            f"{path} has no {', '.join(missing)}, so torch2trt has not made it. Weights of trt_pose are brought in by "
            "trt_pose_training.import_trt_pose"
        )
    engine = found["engine"]
    engine = engine.numpy().tobytes() if isinstance(engine, torch.Tensor) else bytes(engine)
    if not engine:
        raise ValueError(f"the engine in {path} is empty: torch2trt could not build it when it was saved")
    return engine, list(found["input_names"]), list(found["output_names"])


def manifest(
    name: str,
    topology: Topology,
    inputs: Sequence[str],
    outputs: Sequence[str],
    size: tuple[int, int],
    resize: str,
    stride: float = 4,
    licence: str = "",
) -> Manifest:
    """How such an engine is run; :mod:`.import_trt_pose` tells why so.

    Args:
        name: of the model.
        topology: the :class:`~trt_pose_ros.topology.Topology` that it was trained for.
        inputs, outputs: names of the engine's tensors, in torch2trt's order.
        size: (height, width) of the input in pixels; the engine has no other.
        resize: ``stretch``, or ``letterbox`` if it was trained with ``keep_aspect_ratio``.
        stride: input pixels a map cell; 4 in all of trt_pose's published networks.
        licence: of the weights, in words.

    Raises:
        ValueError: an engine with other than one input and two outputs is none of trt_pose's.
    """
    if len(inputs) != 1 or len(outputs) != 2:
        raise ValueError(
            f"the engine has inputs {', '.join(inputs) or 'none'} and outputs {', '.join(outputs) or 'none'}, but "
            "trt_pose's networks have one input, and heatmaps and fields as outputs"
        )
    return Manifest(
        name=name,
        topology=topology,
        input=InputSpec(
            *(inputs[0], *size, stride), layout="nchw", color="rgb", resize=resize, mean=IMAGENET_MEAN, std=IMAGENET_STD
        ),
        outputs=PafOutputs(*outputs, stride, offset=(stride - 1) / 2, paf_order="yx"),
        licence=licence,
    )
