"""Weights of the Lightweight 3D demo, a checkpoint of its author, as a network and its manifest.

How the demo runs its network, as its source has it: images are BGR, ``(value - 128) / 255``, scaled to the input's
height with their aspect ratio kept (it cuts what does not fill cells of 8 pixels, we pad); heatmaps are in OpenPose's
order with the background last, a field's x comes first; a location of 1 is 180 cm.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from trt_pose_ros.families.paf3d import Paf3dOutputs
from trt_pose_ros.model_file import InputSpec, Manifest
from trt_pose_ros.topology import Topology

from ..networks.backbone import load_weights, read_state
from ..networks.paf3d import Paf3d

SIZE = (256, 448)  # of the input for which its author exports the network, height and width
_TOPOLOGY = "openpose_18"
_ENTRY = "state_dict"  # of a checkpoint, beside what its training noted


def load(path: str | Path) -> tuple[nn.Module, list[str]]:
    """Make the network whose weights a file has.

    Args:
        path: the checkpoint.

    Returns:
        (network, names of entries that it has no use for). The demo passes over these without a word.

    Raises:
        FileNotFoundError: no such file.
        ValueError: an entry of the network is missing or of another shape; the message says which.
    """
    state = read_state(path, _ENTRY)
    network = Paf3d()
    own = network.state_dict()
    unused = [key for key in state if key not in own]
    load_weights(network, {key: value for key, value in state.items() if key in own}, path)
    return network, unused


def manifest(name: str, size: tuple[int, int] = SIZE, licence: str = "") -> Manifest:
    """How the network is run; see the head of this module.

    Args:
        name: of the model.
        size: (height, width) of its input in pixels.
        licence: of the weights, in words.
    """
    stride = Paf3d.stride
    return Manifest(
        name=name,
        topology=Topology.load(_TOPOLOGY),
        input=InputSpec(
            "image", *size, Paf3d.multiple, color="bgr", pad=(128, 128, 128), mean=(128.0,) * 3, std=(255.0,) * 3
        ),
        outputs=Paf3dOutputs("heatmaps", "pafs", stride, offset=(stride - 1) / 2, locations="locations"),
        family=Paf3d.family,
        licence=licence,
    )
