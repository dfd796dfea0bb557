"""Weights of trt_pose: a ``.pth`` of its own, or of its training, as a network and its manifest.

How trt_pose runs its networks, as its source has it, and what the manifest says of it:

* Images are RGB, normalised by ImageNet's mean and standard deviation, and stretched to the network's input; in
  experiments with ``keep_aspect_ratio``, padded with black. It centres the image then, we put it at the top left,
  which is much the same to convolutions.
* A field's first channel is its row component, the second one its column component: ``yx``.
* Training puts column x of an image of width W to column ``u = w (x + 0.5) / (W + 1) - 0.5`` of a map of width w, and
  resizing puts it to column ``i = stride w (x + 0.5) / W - 0.5`` of the input. Were it not for the 1 beside W, i would
  be ``stride u + (stride - 1) / 2``: the manifest's offset. The 1 moves keypoints by less than one pixel of the
  image, to the left and up; trt_pose leaves them there, and so do we.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from pathlib import Path

import torch
from torch import nn

from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import InputSpec, Manifest
from trt_pose_ros.topology import Topology

from .. import networks
from ..networks.backbone import load_weights, read_state

IMAGENET_MEAN, IMAGENET_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of 0..255
_FAMILIES = {"0.resnet.": "resnet", "0.densenet.": "densenet", "0.backbone.": "mnasnet", "backbone.": "dla"}
NAMES = [name for name in networks.NAMES if name.startswith(tuple(_FAMILIES.values()))]
# experiments of trt_pose with keep_aspect_ratio; the one of mnasnet0_5 has "keepAR" in its name, and false inside
_KEEP_ASPECT = ("resnet18_baseline_att_224x224_B", "resnet18_baseline_att_224x224_keepAR")
_TORCH2TRT = (b"engine", b"input_names", b"output_names")


def load(path: str | Path, topology: Topology, name: str | None = None) -> tuple[nn.Module, str]:
    """Make the network whose weights a file has.

    Args:
        path: state dict that trt_pose has published or written.
        topology: the :class:`~trt_pose_ros.topology.Topology` that it was trained for.
        name: of the network, in trt_pose; None finds out.

    Returns:
        (network, its name)

    Raises:
        FileNotFoundError: no such file.
        ValueError: it has no weights, or others; the message says which differ first, and what they would fit.
    """
    if all(word in Path(path).read_bytes() for word in _TORCH2TRT):
        raise ValueError(
            f"{path} holds a TensorRT engine made by torch2trt, which runs on one kind of GPU with one version of "
            "TensorRT only: import the weights that it was made of, the .pth without _trt in its name, or, to run it "
            "on that very board, make an engine file of it with trt_pose_training.import_torch2trt"
        )
    state = read_state(path)
    _check_maps(state, topology, path)
    counts = len(topology.keypoints), len(topology.links)
    keywords = _head(state)
    fitting = [candidate for candidate in _relatives(state) if _fits(state, candidate, counts, keywords)]
    if name is None and not fitting:
        raise ValueError(
            f"{path} does not have the weights of any network of trt_pose; its first entries are "
            f"{', '.join(list(state)[:5])}. --model NAME says what differs"
        )
    name = name or fitting[0]
    try:
        network = networks.build(name, *counts, start=False, **keywords)
        load_weights(network, state, path)
    except ValueError as error:
        raise ValueError(f"{error}\nIt has the weights of {fitting[0]}" if fitting else str(error)) from None
    return network, name


def topology_in(path: str | Path) -> Topology:
    """The skeleton of trt_pose, or of trt_pose_hand, whose maps a file's weights make; trt_pose's if of neither."""
    state = read_state(path)
    tasks = [Topology.load(name) for name in ("human_pose", "hand_pose")]
    return next((task for task in tasks if _makes(state, task)), tasks[0])


def _maps(state):
    """Numbers of maps that the weights make, of heatmaps and fields, and of both together."""
    made = [len(v) for k, v in state.items() if re.fullmatch(r"1\.(cmap|paf)_conv(\.1)?\.bias", k)]
    together = [len(v) for k, v in state.items() if k == "backbone.fc.0.bias"]  # of a DLA
    return made, together


def _makes(state, topology):
    """Whether the weights make the maps of the topology, as far as they tell."""
    keypoints, links = len(topology.keypoints), len(topology.links)
    made, together = _maps(state)
    return made in ([], [keypoints, 2 * links]) and together in ([], [keypoints + 2 * links])


def _check_maps(state, topology, path):
    """Raise ValueError unless the weights make the maps of the topology."""
    keypoints, links = len(topology.keypoints), len(topology.links)
    made, together = _maps(state)
    if not _makes(state, topology):
        raise ValueError(
            f"{path} makes {' and '.join(map(str, made or together))} maps, but topology {topology.name!r} has "
            f"{keypoints} keypoints and {links} links: give the JSON of the task that it was trained for as --topology"
        )


def _relatives(state):
    """Names of the networks with such a backbone and such a head."""
    family = next((name for prefix, name in _FAMILIES.items() if any(k.startswith(prefix) for k in state)), None)
    attention = "1.cmap_att.weight" in state
    return [n for n in NAMES if family and n.startswith(family) and n.endswith("_att") == attention]


def _head(state):
    """Keywords of :class:`~trt_pose_training.networks.baseline.BaselineOptions` with which the head was made."""
    if not any(key.startswith("1.cmap_conv.") for key in state):
        return {}  # a DLA, or nothing that we know
    weights = [v for k, v in state.items() if re.fullmatch(r"1\.cmap_(up|conv\.0)\.\d+\.weight", k)]
    kernels = Counter(weight.shape[-1] for weight in weights if weight.dim() == 4)
    doublings, flat = kernels[4], kernels[3]
    widths = [len(v) for k, v in state.items() if re.fullmatch(r"1\.cmap_(up\.0|conv\.0\.0|att)\.bias", k)]
    keywords = {"num_upsample": doublings, "num_flat": flat // max(1, doublings)}
    return keywords | ({"upsample_channels": widths[0]} if widths else {})


def _fits(state, name, counts, keywords):
    with torch.device("meta"):  # shapes without values
        network = networks.build(name, *counts, start=False, **keywords)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, that meta tensors take no values
        try:
            load_weights(network, {k: v.to("meta") for k, v in state.items()}, name)
        except ValueError:
            return False
    return True


def size_in(path: str | Path, multiple: int) -> tuple[int, int]:
    """(height, width) from a file's name like ``..._224x224_A.pth``, rounded down to what the network can have.

    Rounded for the hand's weights: called 244_244, they were trained and are run at 224x224.

    Raises:
        ValueError: the name has none.
    """
    match = re.search(r"(\d{3,4})[x_](\d{3,4})", Path(path).stem)
    if not match:
        raise ValueError(f"the name of {path} does not say the input's size: give --input-size HEIGHTxWIDTH")
    return tuple(int(pixels) // multiple * multiple for pixels in match.groups())


def resize_in(path: str | Path) -> str:
    """``letterbox`` if a file's name is that of an experiment with ``keep_aspect_ratio``, else ``stretch``."""
    return "letterbox" if Path(path).stem.startswith(_KEEP_ASPECT) else "stretch"


def manifest(
    network: nn.Module, topology: Topology, name: str, size: tuple[int, int], resize: str, licence: str = ""
) -> Manifest:
    """How a network of trt_pose is run; see the head of this module.

    Args:
        network: the network.
        topology: its :class:`~trt_pose_ros.topology.Topology`.
        name: of the model.
        size: (height, width) of its input in pixels.
        resize: ``stretch``, or ``letterbox`` if it was trained with ``keep_aspect_ratio``.
        licence: of the weights, in words.
    """
    stride = network.stride
    return Manifest(
        name=name,
        topology=topology,
        input=InputSpec(
            "image", *size, network.multiple, color="rgb", resize=resize, mean=IMAGENET_MEAN, std=IMAGENET_STD
        ),
        outputs=PafOutputs("heatmaps", "pafs", stride, offset=(stride - 1) / 2, paf_order="yx"),
        licence=licence,
    )
