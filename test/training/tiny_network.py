"""A network small enough for tests, of the kind that is trained."""

import torch
from tiny_model import TOPOLOGY
from torch import nn
from torch.nn import functional

from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import InputSpec, Manifest

KEYPOINTS, LINKS, STRIDE = len(TOPOLOGY.keypoints), len(TOPOLOGY.links), 4
MANIFEST = Manifest(
    name="tiny",
    topology=TOPOLOGY,
    input=InputSpec("image", 32, 48, multiple=16, mean=(120.0, 110.0, 100.0), std=(60.0, 50.0, 40.0)),
    outputs=PafOutputs("heatmaps", "pafs", stride=STRIDE, offset=(STRIDE - 1) / 2),
    licence="none",
)


def convolution(inputs, outputs, size=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class TinyNetwork(nn.Module):
    """Random weights and statistics; maps of stride 4, guessed and refined."""

    stride = STRIDE

    def __init__(self, channels=8):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(convolution(3, channels, stride=2), convolution(channels, channels, stride=2))
        self.residual = convolution(channels, channels)
        self.context = convolution(channels, channels, stride=2)
        self.guess = nn.ModuleList([nn.Conv2d(channels, KEYPOINTS, 1), nn.Conv2d(channels, 2 * LINKS, 1)])
        self.refinement = convolution(channels + KEYPOINTS + 2 * LINKS, channels, 1)
        self.maps = nn.ModuleList([nn.Conv2d(channels, KEYPOINTS, 1), nn.Conv2d(channels, 2 * LINKS, 1)])
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)

    def forward(self, x):
        x = self.stem(x)
        x = functional.relu(x + self.residual(x))
        x = x + functional.interpolate(self.context(x), scale_factor=2.0)
        guess = [layer(x) for layer in self.guess]
        x = self.refinement(torch.cat([x, *guess], 1))
        maps = [layer(x) for layer in self.maps]
        return (*maps, *guess) if self.training else tuple(maps)
