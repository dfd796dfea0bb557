"""DenseNet-BC backbones (Huang et al., 2017); keys are torchvision's."""

import re
from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torch.nn.functional import relu

from .backbone import Backbone
from .baseline import baselines

_SIZES = {  # channels of the stem, channels that a layer adds, layers of the four blocks
    "densenet121": (64, 32, (6, 12, 24, 16)),
    "densenet169": (64, 32, (6, 12, 32, 32)),
    "densenet201": (64, 32, (6, 12, 48, 32)),
    "densenet161": (96, 48, (6, 12, 36, 24)),
}
_BOTTLENECK = 4  # width of a layer's 1x1 convolution, in channels that it adds
_OLD_KEY = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


class _Layer(nn.Module):
    """Adds ``growth`` channels to those it is given."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, _BOTTLENECK * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(_BOTTLENECK * growth)
        self.conv2 = nn.Conv2d(_BOTTLENECK * growth, growth, 3, 1, 1, bias=False)

    def forward(self, x):
        new = self.conv1(relu(self.norm1(x), inplace=True))
        new = self.conv2(relu(self.norm2(new), inplace=True))
        return torch.cat([x, new], 1)


class _DenseNet(Backbone):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        # torchvision's files of ImageNet weights are from when a module's name might have a dot: norm.1, now norm1
        for key in [k for k in state_dict if _OLD_KEY.search(k)]:
            state_dict[_OLD_KEY.sub(r"\1\2", key)] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)


def densenet(channels, growth, depths):
    """A DenseNet, images to features of stride 32, and its number of channels."""
    layers = {
        "conv0": nn.Conv2d(3, channels, 7, 2, 3, bias=False),
        "norm0": nn.BatchNorm2d(channels),
        "relu0": nn.ReLU(inplace=True),
        "pool0": nn.MaxPool2d(3, 2, 1),
    }
    for i, depth in enumerate(depths, 1):
        if i > 1:
            layers[f"transition{i - 1}"] = nn.Sequential(
                OrderedDict(
                    norm=nn.BatchNorm2d(channels),
                    relu=nn.ReLU(inplace=True),
                    conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
                    pool=nn.AvgPool2d(2, 2),
                )
            )
            channels //= 2
        layers[f"denseblock{i}"] = nn.Sequential(
            OrderedDict((f"denselayer{j + 1}", _Layer(channels + j * growth, growth)) for j in range(depth))
        )
        channels += depth * growth
    layers["norm5"] = nn.BatchNorm2d(channels)
    return _DenseNet({"features": nn.Sequential(OrderedDict(layers))}, unused=["classifier."]), channels


NETWORKS = baselines("densenet", {name: partial(densenet, *table) for name, table in _SIZES.items()})
