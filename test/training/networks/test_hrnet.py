import pytest

pytest.importorskip("torch", reason="torch is not installed")

import torch

from trt_pose_training import networks
from trt_pose_training.networks.hrnet import HRNet

# As the authors' code has them (leoxiaobin/deep-high-resolution-net.pytorch, leeyegy/SimCC), written down when all
# keys, their order, shapes and the results were compared with it, for both widths, heatmaps and SimDR.
KEYS = {
    "conv2.weight": (64, 64, 3, 3),
    "layer1.0.downsample.1.running_var": (256,),
    "layer1.3.conv1.weight": (64, 256, 1, 1),
    "transition1.0.0.weight": (32, 256, 3, 3),
    "transition1.1.0.0.weight": (64, 256, 3, 3),
    "transition2.2.0.1.bias": (128,),
    "transition3.3.0.0.weight": (256, 128, 3, 3),
    "stage2.0.branches.1.3.bn2.weight": (64,),
    "stage2.0.fuse_layers.0.1.0.weight": (32, 64, 1, 1),
    "stage3.3.fuse_layers.2.0.0.0.weight": (32, 32, 3, 3),
    "stage3.3.fuse_layers.2.0.1.0.weight": (128, 32, 3, 3),
    "stage4.1.fuse_layers.3.0.2.0.weight": (256, 32, 3, 3),
    "stage4.2.fuse_layers.0.3.0.weight": (32, 256, 1, 1),
    "final_layer.bias": (17,),
}


def test_the_authors_keys():
    with torch.device("meta"):
        state = HRNet(17).state_dict()
    assert len(state) == 1754
    assert {key: tuple(state[key].shape) for key in KEYS} == KEYS
    assert not any(key.startswith("stage4.2.fuse_layers.1") for key in state)  # the last one has one output
    with torch.device("meta"):
        simdr = HRNet(17, width=48, cells=3072, bins=(384, 512)).state_dict()
    assert len(simdr) == 1758
    assert tuple(simdr["mlp_head_y.weight"].shape) == (512, 3072)
    assert tuple(simdr["stage4.0.branches.3.0.conv1.weight"].shape) == (384, 384, 3, 3)


@pytest.mark.parametrize("bins", [None, (32, 128)])
def test_shapes_of_the_outputs(bins):
    network = HRNet(5, width=8, cells=16 * 8, bins=bins).eval()
    with torch.no_grad():
        outputs = network(torch.zeros(2, 3, 64, 32))
    shapes = [(2, 5, 16, 8)] if bins is None else [(2, 5, 32), (2, 5, 128)]
    assert [tuple(output.shape) for output in outputs] == shapes
    assert networks.family(network) == ("heatmap" if bins is None else "simcc")
    assert networks.any_size(network) == (bins is None)
