"""HRNet (Sun et al., "Deep High-Resolution Representation Learning for Human Pose Estimation", CVPR 2019), for crops.

Branches of strides 4, 8, 16 and 32 run side by side and are added up again and again, each resized to each. Modules
have the names of the authors' code, so that their published weights, and those of SimDR and SimCC (Li et al., ECCV
2022), which puts a linear layer for either axis on top, fit as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .residual import BASIC, BOTTLENECK, Residual, conv_bn

_STEM, _LAYER1, _BLOCKS = 64, 256, 4
_MODULES = {2: 1, 3: 4, 4: 3}  # stage, which has as many branches -> modules one after another


class HRNet(nn.Module):
    """Heatmaps of stride 4; or, with ``bins``, how likely a keypoint lies in each bin of either axis.

    Args:
        keypoints: of the topology.
        links: of the topology; there are no maps of them.
        width: channels of the finest branch: 32 or 48.
        cells: of a heatmap, height times width; with ``bins``, whose layers have a weight for each.
        bins: numbers of bins (of x, of y); None for heatmaps.
    """

    stride = 4
    multiple = 32  # the input's height and width must be multiples of this

    def __init__(
        self, keypoints: int, links: int = 0, width: int = 32, cells: int = 0, bins: tuple[int, int] | None = None
    ) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(4)]
        self.conv1, self.bn1 = conv_bn(3, _STEM, 3, 2)
        self.conv2, self.bn2 = conv_bn(_STEM, _STEM, 3, 2)
        self.layer1 = nn.Sequential(
            *(
                Residual(_LAYER1 if i else _STEM, (64, 64, _LAYER1), BOTTLENECK, downsample=i == 0)
                for i in range(_BLOCKS)
            )
        )
        before = [_LAYER1]
        for stage, modules in _MODULES.items():
            setattr(self, f"transition{stage - 1}", _transition(before, widths[:stage]))
            before = widths[:stage]
            outputs = [stage] * (modules - 1) + [1 if stage == 4 else stage]
            setattr(self, f"stage{stage}", nn.Sequential(*(_Exchange(before, count) for count in outputs)))
        self.final_layer = nn.Conv2d(width, keypoints, 1)
        self.family = "simcc" if bins else "heatmap"
        if bins:
            self.mlp_head_x, self.mlp_head_y = (nn.Linear(cells, count) for count in bins)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map normalised crops [N, 3, H, W] to (heatmaps [N, K, H/4, W/4],) or ([N, K, bins x], [N, K, bins y])."""
        x = torch.relu(self.bn1(self.conv1(x)))
        branches = [self.layer1(torch.relu(self.bn2(self.conv2(x))))]
        for stage in _MODULES:
            # new branches come from the coarsest one
            transitions = getattr(self, f"transition{stage - 1}")
            coarsest = len(branches) - 1
            branches = [layer(branches[min(i, coarsest)]) for i, layer in enumerate(transitions)]
            branches = getattr(self, f"stage{stage}")(branches)
        maps = self.final_layer(branches[0])
        if self.family == "heatmap":
            return (maps,)
        rows = maps.flatten(2)
        return self.mlp_head_x(rows), self.mlp_head_y(rows)


class _Exchange(nn.Module):
    """Residual blocks in each branch, then each output the sum of all branches.

    Args:
        widths: channels of the branches, finest first.
        outputs: number of outputs, of the finest branches.
    """

    def __init__(self, widths: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(Residual(w, (w, w), BASIC) for _ in range(_BLOCKS))) for w in widths
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_resized(widths, source, target) for source in range(len(widths)))
            for target in range(outputs)
        )

    def forward(self, branches: list[torch.Tensor]) -> list[torch.Tensor]:
        branches = [layers(x) for layers, x in zip(self.branches, branches, strict=True)]
        sums = (sum(layer(x) for layer, x in zip(row, branches, strict=True)) for row in self.fuse_layers)
        return [torch.relu(total) for total in sums]


def _resized(widths: Sequence[int], source: int, target: int) -> nn.Module:
    """What takes a branch to the size and channels of another one."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            *conv_bn(widths[source], widths[target], 1), nn.Upsample(scale_factor=2.0 ** (source - target))
        )
    halvings = [_halved(widths[source], widths[source]) for _ in range(target - source - 1)]
    return nn.Sequential(*halvings, conv_bn(widths[source], widths[target], 3, 2))


def _halved(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(*conv_bn(inputs, outputs, 3, 2), nn.ReLU())


def _transition(before: Sequence[int], widths: Sequence[int]) -> nn.ModuleList:
    """From the branches of one stage to those of the next, which has one more."""
    layers: list[nn.Module] = []
    for i, width in enumerate(widths):
        if i >= len(before):
            layers.append(nn.Sequential(_halved(before[-1], width)))
        elif before[i] == width:
            layers.append(nn.Identity())
        else:
            layers.append(nn.Sequential(*conv_bn(before[i], width, 3), nn.ReLU()))
    return nn.ModuleList(layers)


def _of_width(width: int):
    def build(keypoints: int, links: int = 0, cells: int = 0, bins: tuple[int, int] | None = None) -> HRNet:
        return HRNet(keypoints, links, width, cells, bins)

    return build


NETWORKS = {"hrnet_w32": _of_width(32), "hrnet_w48": _of_width(48)}
