"""ResNet backbones, the variant with the stride on the bottleneck's 3x3 convolution; keys are torchvision's."""

from functools import partial

from torch import nn

from .backbone import Backbone
from .baseline import baselines
from .residual import BASIC, BOTTLENECK, Residual

_DEPTHS = {  # blocks of the four stages
    "resnet18": (BASIC, (2, 2, 2, 2)),
    "resnet34": (BASIC, (3, 4, 6, 3)),
    "resnet50": (BOTTLENECK, (3, 4, 6, 3)),
    "resnet101": (BOTTLENECK, (3, 4, 23, 3)),
    "resnet152": (BOTTLENECK, (3, 8, 36, 3)),
}


def _stage(inputs, width, blocks, stride, kernels):
    outputs = width if kernels == BASIC else 4 * width
    widths = (*[width] * (len(kernels) - 1), outputs)
    reshapes = stride != 1 or inputs != outputs
    first = Residual(inputs, widths, kernels, stride, downsample=reshapes)
    return nn.Sequential(first, *(Residual(outputs, widths, kernels) for _ in range(blocks - 1))), outputs


def resnet(kernels, depths):
    """A ResNet, images to features of stride 32, and its number of channels."""
    layers = {
        "conv1": nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        "bn1": nn.BatchNorm2d(64),
        "relu": nn.ReLU(inplace=True),
        "maxpool": nn.MaxPool2d(3, 2, 1),
    }
    channels = 64
    for i, blocks in enumerate(depths):
        layers[f"layer{i + 1}"], channels = _stage(channels, 64 << i, blocks, 1 if i == 0 else 2, kernels)
    return Backbone(layers, unused=["fc."]), channels


NETWORKS = baselines("resnet", {name: partial(resnet, *table) for name, table in _DEPTHS.items()})
