"""MnasNet-B1 backbones (Tan et al., 2019); keys are torchvision's."""

from functools import partial

from torch import nn

from .backbone import Backbone
from .baseline import baselines

_WIDTHS = {  # channels of the stem's two parts, then of the six stacks
    "mnasnet0_5": (16, 8, 16, 24, 40, 48, 96, 160),
    "mnasnet0_75": (24, 16, 24, 32, 64, 72, 144, 240),
    "mnasnet1_0": (32, 16, 24, 40, 80, 96, 192, 320),
    "mnasnet1_3": (40, 24, 32, 56, 104, 128, 248, 416),
}
_STACKS = (  # kernel, stride, expansion, blocks
    (3, 2, 3, 3),
    (5, 2, 3, 3),
    (5, 2, 6, 3),
    (3, 1, 6, 2),
    (5, 2, 6, 4),
    (3, 1, 6, 1),
)
_OLD_STEM = (32, 16)  # whatever the width of the rest
_FEATURES = 1280
_MOMENTUM = 0.0003


def _conv(inputs, outputs, kernel=1, stride=1, groups=1):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(outputs, momentum=_MOMENTUM)]


class _InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        width = inputs * expansion
        self.layers = nn.Sequential(
            *_conv(inputs, width),
            nn.ReLU(inplace=True),
            *_conv(width, width, kernel, stride, groups=width),
            nn.ReLU(inplace=True),
            *_conv(width, outputs),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def _stack(inputs, outputs, kernel, stride, expansion, blocks):
    return nn.Sequential(
        _InvertedResidual(inputs, outputs, kernel, stride, expansion),
        *(_InvertedResidual(outputs, outputs, kernel, 1, expansion) for _ in range(blocks - 1)),
    )


def _to_first_stack(width, narrow, outputs):
    """The stem and the first stack, which begins with as many channels as the stem ends with."""
    return [
        *_conv(3, width, 3, 2),
        nn.ReLU(inplace=True),
        *_conv(width, width, 3, groups=width),
        nn.ReLU(inplace=True),
        *_conv(width, narrow),
        _stack(narrow, outputs, *_STACKS[0]),
    ]


class _MnasNet(Backbone):
    def __init__(self, widths):
        layers = _to_first_stack(*widths[:3])
        for inputs, outputs, stack in zip(widths[2:], widths[3:], _STACKS[1:], strict=False):
            layers.append(_stack(inputs, outputs, *stack))
        layers += [*_conv(widths[-1], _FEATURES), nn.ReLU(inplace=True)]
        super().__init__({"layers": nn.Sequential(*layers)}, unused=["classifier."])
        self.first_stack = widths[2]

    def _load_from_state_dict(self, state_dict, prefix, *args):
        # weights of torchvision's first MnasNet, whose stem had one width in all sizes: become that one, as it does
        mine, given = self.layers[0].weight, state_dict.get(f"{prefix}layers.0.weight")
        if given is not None and given.shape[0] == _OLD_STEM[0] != mine.shape[0]:
            for i, layer in enumerate(_to_first_stack(*_OLD_STEM, self.first_stack)):
                self.layers[i] = layer.to(mine)
        super()._load_from_state_dict(state_dict, prefix, *args)


def mnasnet(widths):
    """A MnasNet, images to features of stride 32, and its number of channels."""
    return _MnasNet(widths), _FEATURES


NETWORKS = baselines("backbone", {name: partial(mnasnet, widths) for name, widths in _WIDTHS.items()})
