"""Deep layer aggregation (Yu et al., 2018) with its iterative upsampling; keys are those of ucbdrive/dla in trt_pose.

trt_pose's source has these networks, but takes them out of its table: the module that they wrap is not in its tree.
"""

from functools import partial

import torch
from torch import nn
from torch.nn.functional import relu

from .backbone import Backbone
from .residual import BASIC, BOTTLENECK, Residual, conv_bn

_NARROW, _WIDE = (16, 32, 64, 128, 256, 512), (16, 32, 128, 256, 512, 1024)
_SIZES = {  # channels of levels 0 to 5, blocks, depths of the trees at levels 2 to 5, whether roots are residual
    "dla34up_pose": (_NARROW, BASIC, (1, 2, 2, 1), False),
    "dla60up_pose": (_WIDE, BOTTLENECK, (1, 2, 3, 1), False),
    "dla102up_pose": (_WIDE, BOTTLENECK, (1, 3, 4, 1), True),
    "dla169up_pose": (_WIDE, BOTTLENECK, (2, 3, 5, 1), True),
}


def _conv_bn_relu(inputs, outputs, kernel, stride=1):
    return nn.Sequential(*conv_bn(inputs, outputs, kernel, stride), nn.ReLU(inplace=True))


class _Root(nn.Module):
    """Joins maps of one size: the first one is of its output's channels."""

    def __init__(self, inputs, outputs, residual):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.residual = residual

    def forward(self, *maps):
        x = self.bn(self.conv(torch.cat(maps, 1)))
        return relu(x + maps[0] if self.residual else x, inplace=True)


class _Tree(nn.Module):
    """Two subtrees, the second of which gets the first one's output; at depth 1, two blocks and the root.

    Args:
        depth: of the tree, 2 ** depth blocks.
        inputs, outputs: channels.
        kernels: of the blocks.
        residual: whether roots add their first map.
        stride: 1 or 2.
        keeps_input: whether the root gets the tree's input, too.
        gathered: channels of the maps that it gets from the trees around this one.
    """

    def __init__(self, depth, inputs, outputs, kernels, residual, stride=1, keeps_input=False, gathered=0):
        super().__init__()
        self.depth, self.keeps_input = depth, keeps_input
        gathered += inputs if keeps_input else 0
        self.downsample = nn.MaxPool2d(stride, stride) if stride > 1 else nn.Identity()
        if depth > 1:
            self.tree1 = _Tree(depth - 1, inputs, outputs, kernels, residual, stride)
            self.tree2 = _Tree(depth - 1, outputs, outputs, kernels, residual, gathered=gathered + outputs)
        else:
            narrow = outputs if kernels == BASIC else outputs // 2
            widths = (*[narrow] * (len(kernels) - 1), outputs)
            self.project = conv_bn(inputs, outputs, 1) if inputs != outputs else nn.Identity()
            self.tree1 = Residual(inputs, widths, kernels, stride)
            self.tree2 = Residual(outputs, widths, kernels)
            self.root = _Root(2 * outputs + gathered, outputs, residual)

    def forward(self, x, gathered=()):
        bottom = self.downsample(x)
        if self.keeps_input:
            gathered = (*gathered, bottom)
        if self.depth > 1:
            first = self.tree1(x)
            return self.tree2(first, (*gathered, first))
        first = self.tree1(x, self.project(bottom))
        return self.root(self.tree2(first), first, *gathered)


class _Base(Backbone):
    """The classifier's levels: images to maps of strides 2, 4, 8, 16 and 32."""

    def __init__(self, channels, kernels, depths, residual):
        layers = {
            "base_layer": _conv_bn_relu(3, channels[0], 7),
            "level0": _conv_bn_relu(channels[0], channels[0], 3),
            "level1": _conv_bn_relu(channels[0], channels[1], 3, 2),
        }
        unused = ["fc."]
        for level, depth in enumerate(depths, 2):
            inputs, outputs = channels[level - 1 : level + 1]
            layers[f"level{level}"] = _Tree(depth, inputs, outputs, kernels, residual, 2, keeps_input=level > 2)
            # upstream, trees of trees have a projection, too, and never use what it computes
            unused += [f"level{level}.{'tree1.' * i}project." for i in range(depth - 1)]
        super().__init__(layers, unused)

    def forward(self, x):
        levels = []
        for layer in self:
            x = layer(x)
            levels.append(x)
        return levels[2:]


class _Aggregation(nn.Module):
    """Maps of one level and of several of the next one, half as large, joined one after the other."""

    def __init__(self, inputs, outputs, count):
        super().__init__()
        self.count = count
        for i in range(1, count):
            up = nn.ConvTranspose2d(outputs, outputs, 4, 2, 1, groups=outputs, bias=False)
            ramp = torch.tensor([0.25, 0.75, 0.75, 0.25])  # starts as bilinear interpolation
            nn.init.ones_(up.weight).data.mul_(torch.outer(ramp, ramp))
            self.add_module(f"proj_{i}", _conv_bn_relu(inputs, outputs, 1))
            self.add_module(f"up_{i}", up)
            self.add_module(f"node_{i}", _conv_bn_relu(2 * outputs, outputs, 3))

    def forward(self, levels):
        joined = [levels[0]]
        for i in range(1, self.count):
            up = getattr(self, f"up_{i}")(getattr(self, f"proj_{i}")(levels[i]))
            joined.append(getattr(self, f"node_{i}")(torch.cat([joined[-1], up], 1)))
        return joined[1:]


class _Up(nn.Module):
    """Maps of strides 2, 4, 8, 16 and 32 to one of stride 2, from the coarsest two on."""

    def __init__(self, channels):
        super().__init__()
        self.steps = len(channels) - 1
        for i in range(self.steps):
            self.add_module(f"ida_{i}", _Aggregation(channels[-i - 1], channels[-i - 2], i + 2))

    def forward(self, levels):
        for i in range(self.steps):
            levels = levels[: -i - 1] + getattr(self, f"ida_{i}")(levels[-i - 2 :])
        return levels[-1]


class DlaPose(nn.Module):
    """Normalised images [N, 3, H, W] to ``(heatmaps, pafs)``; state-dict keys are trt_pose's.

    Attributes:
        stride: input pixels a map cell.
        multiple: of which the input's height and width must be.
        imagenet_backbone: the part that others have trained as a classifier.
    """

    stride, multiple = 2, 32

    def __init__(self, base, up, channels, heatmaps, pafs):
        super().__init__()
        self.channels = [heatmaps, pafs]
        maps = nn.Sequential(nn.Conv2d(channels, heatmaps + pafs, 1))
        # "up": upstream, a last doubling with a softmax, for segmentation
        self.backbone = Backbone({"base": base, "dla_up": up, "fc": maps}, unused=["up."])

    @property
    def imagenet_backbone(self):
        return self.backbone.base

    def forward(self, x):
        return torch.split(self.backbone(x), self.channels, 1)


def _build(channels, kernels, depths, residual, keypoints, links):
    base = _Base(channels, kernels, depths, residual)
    return DlaPose(base, _Up(channels[1:]), channels[1], keypoints, 2 * links)


NETWORKS = {name: partial(_build, *sizes) for name, sizes in _SIZES.items()}
