"""A network small enough for tests, of the kind that is trained: residuals, an upsampling, a concatenation."""

import torch
from tiny_model import TOPOLOGY
from torch import nn
from torch.nn import functional

from trt_pose_ros.model_file import InputSpec, Manifest, OutputSpec

KEYPOINTS, LINKS, STRIDE = len(TOPOLOGY.keypoints), len(TOPOLOGY.links), 4
MANIFEST = Manifest(
    name="tiny",
    topology=TOPOLOGY,
    input=InputSpec("image", 32, 48, multiple=16, mean=(120.0, 110.0, 100.0), std=(60.0, 50.0, 40.0)),
    outputs=OutputSpec("heatmaps", "pafs", stride=STRIDE, offset=(STRIDE - 1) / 2),
    licence="none",
)


def convolution(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class TinyNetwork(nn.Module):
    """Random weights and statistics; maps of stride 4."""

    stride = STRIDE

    def __init__(self, channels=8):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(convolution(3, channels, 2), convolution(channels, channels, 2))
        self.residual = convolution(channels, channels)
        self.context = convolution(channels, channels, 2)
        self.heatmaps = nn.Conv2d(2 * channels, KEYPOINTS, 1)
        self.pafs = nn.Conv2d(2 * channels, 2 * LINKS, 1)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)

    def forward(self, x):
        x = self.stem(x)
        x = functional.relu(x + self.residual(x))
        context = functional.interpolate(self.context(x), scale_factor=2.0)
        features = torch.cat([x, context], 1)
        maps = self.heatmaps(features), self.pafs(features)
        return (*maps, *maps) if self.training else maps
