"""The network of the Lightweight 3D demo: heatmaps, part affinity fields and location maps, all of stride 8.

MobileNet's layers (Howard et al. 2017) up to its 512 channels at stride 8, then heatmaps and fields in two stages as of
Lightweight OpenPose (Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU", 2018), and location maps of the
features and these maps. Modules have the names that the entries of the published weights have
(github.com/Daniil-Osokin/lightweight-human-pose-estimation-3d-demo.pytorch). It cannot be trained here, since no data
set of ours has people in space.
"""

from __future__ import annotations

import torch
from torch import nn

_FEATURES, _HIDDEN, _BACKBONE = 128, 512, 512
# of MobileNet's layers after the first: channels, stride, dilation
_LAYERS = (
    (64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 1, 1), (512, 1, 2), (512, 1, 1), (512, 1, 1),
    (512, 1, 1), (512, 1, 1),
)  # fmt: skip


class Paf3d(nn.Module):
    """Heatmaps, fields and location maps.

    Args:
        keypoints: of the topology; one more heatmap is of the background.
        links: of the topology.
        joints: whose locations are told.
    """

    family = "paf3d"
    stride = 8
    multiple = 8  # the input's height and width must be multiples of this

    def __init__(self, keypoints: int = 18, links: int = 19, joints: int = 19) -> None:
        super().__init__()
        heatmaps, pafs = keypoints + 1, 2 * links
        first = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True))
        widths = [32, *(width for width, _, _ in _LAYERS)]
        self.model = nn.Sequential(first, *(_separable(i, *layer) for i, layer in zip(widths, _LAYERS, strict=False)))
        self.cpm = _Narrowed()
        self.initial_stage = _Guess(heatmaps, pafs)
        self.refinement_stages = nn.ModuleList([_Refinement(heatmaps, pafs)])
        self.Pose3D = _Locations(heatmaps + pafs, 3 * joints)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map normalised images [N, 3, H, W] to heatmaps [N, K + 1, h, w], pafs [N, 2L, h, w], locations [N, 3J, h, w].

        h = H / 8, w = W / 8.
        """
        features = self.cpm(self.model(x))
        maps = self.initial_stage(features)
        for stage in self.refinement_stages:
            maps = stage(torch.cat([features, *maps], 1))
        return *maps, self.Pose3D(torch.cat([features, *maps], 1))


class _Narrowed(nn.Module):
    """The backbone's channels to those of the heads."""

    def __init__(self) -> None:
        super().__init__()
        self.align = _layer(_BACKBONE, _FEATURES, size=1)
        self.trunk = nn.Sequential(*(_separable_elu(_FEATURES) for _ in range(3)))
        self.conv = _layer(_FEATURES, _FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.align(x)
        return self.conv(x + self.trunk(x))


class _Guess(nn.Module):
    """The first stage's heatmaps and fields."""

    def __init__(self, heatmaps: int, pafs: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*(_layer(_FEATURES, _FEATURES) for _ in range(3)))
        self.heatmaps, self.pafs = (_head(_FEATURES, _HIDDEN, count) for count in (heatmaps, pafs))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.trunk(x)
        return self.heatmaps(x), self.pafs(x)


class _Refinement(nn.Module):
    """Heatmaps and fields of the features and the stage before."""

    def __init__(self, heatmaps: int, pafs: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *(_Block(_FEATURES if i else _FEATURES + heatmaps + pafs, _FEATURES) for i in range(5))
        )
        self.heatmaps, self.pafs = (_head(_FEATURES, _FEATURES, count) for count in (heatmaps, pafs))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.trunk(x)
        return self.heatmaps(x), self.pafs(x)


class _Locations(nn.Module):
    """Location maps of features and the last stage's maps."""

    def __init__(self, maps: int, locations: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(_Bottleneck(_FEATURES + maps, _FEATURES), *(_Bottleneck(_FEATURES) for _ in range(4)))
        self.prediction = _Prediction(locations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.prediction(self.stem(x))


class _Prediction(nn.Module):
    def __init__(self, locations: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*(_Block(_FEATURES, _FEATURES) for _ in range(2)))
        self.feature_maps = _head(_FEATURES, _FEATURES, locations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.feature_maps(self.trunk(x))


class _Block(nn.Module):
    """A 1x1 convolution, and two 3x3 ones beside it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.initial = _layer(inputs, outputs, size=1)
        self.trunk = nn.Sequential(_layer(outputs, outputs, norm=True), _layer(outputs, outputs, dilation=2, norm=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.initial(x)
        return x + self.trunk(x)


class _Bottleneck(nn.Module):
    """Half as many channels in the middle, beside an identity; or beside a 1x1 convolution, to another number."""

    def __init__(self, inputs: int, outputs: int | None = None) -> None:
        super().__init__()
        half = inputs // 2
        self.bottleneck = nn.Sequential(
            _layer(inputs, half, size=1, norm=True),
            _layer(half, half, norm=True),
            _layer(half, outputs or inputs, size=1, norm=True),
        )
        self.align = _layer(inputs, outputs, size=1, norm=True) if outputs else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.align(x) + self.bottleneck(x)


def _layer(inputs: int, outputs: int, size: int = 3, dilation: int = 1, norm: bool = False) -> nn.Sequential:
    """A convolution that keeps the size, with bias, then its normalisation if wanted, and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, size, padding=dilation * (size // 2), dilation=dilation)
    return nn.Sequential(convolution, *([nn.BatchNorm2d(outputs)] if norm else []), nn.ReLU(inplace=True))


def _head(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Maps of features."""
    return nn.Sequential(_layer(inputs, hidden, size=1), nn.Sequential(nn.Conv2d(hidden, outputs, 1)))


def _separable(inputs: int, outputs: int, stride: int, dilation: int) -> nn.Sequential:
    """A depthwise and a pointwise convolution, either with normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, dilation, dilation, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _separable_elu(channels: int) -> nn.Sequential:
    """Likewise without normalisations, with ELU."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.ELU(inplace=True),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.ELU(inplace=True),
    )
