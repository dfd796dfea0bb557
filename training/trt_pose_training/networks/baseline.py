"""trt_pose's baseline networks: a backbone of stride 32 and a head, plain or with attention (``_att``)."""

from dataclasses import dataclass
from functools import partial

from torch import nn

from trt_pose_ros.options import Options, option

from .heads import AttentionHead, Head

_BACKBONE_STRIDE = 32


@dataclass(frozen=True)
class BaselineOptions(Options):
    """The head's keywords of trt_pose's model functions."""

    upsample_channels: int = option(256, "channels of the head", low=1)
    num_upsample: int = option(3, "how often the head doubles the backbone's maps, of stride 32", low=0, high=5)
    num_flat: int = option(0, "3x3 convolutions after each doubling", low=0)


class Baseline(nn.Sequential):
    """Normalised images [N, 3, H, W] to ``(heatmaps, pafs)``; state-dict keys are trt_pose's.

    Attributes:
        stride: input pixels a map cell.
        multiple: of which the input's height and width must be.
        imagenet_backbone: the part that others have trained as a classifier.
    """

    multiple = _BACKBONE_STRIDE

    def __init__(self, prefix, backbone, head, options):
        super().__init__(nn.Sequential(), head)
        self[0].add_module(prefix, backbone)
        self.stride = _BACKBONE_STRIDE >> options.num_upsample

    @property
    def imagenet_backbone(self):
        return self[0][0]


def baselines(prefix, backbones):
    """Builders of plain and attention networks by trt_pose's names.

    Args:
        prefix: what trt_pose's wrapper calls the backbone, in its keys.
        backbones: dict of functions by name, each without arguments: a new backbone and its number of channels.
    """
    heads = {"baseline": Head, "baseline_att": AttentionHead}
    return {
        f"{name}_{suffix}": partial(_build, prefix, backbone, head)
        for suffix, head in heads.items()
        for name, backbone in backbones.items()
    }


def _build(prefix, backbone, head, keypoints, links, **kwargs):
    options = BaselineOptions.of(**kwargs)
    features, channels = backbone()
    return Baseline(prefix, features, head(channels, keypoints, 2 * links, options), options)
