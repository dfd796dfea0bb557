"""Networks by name: a picture in, heatmaps and part affinity fields out.

A network maps normalised pictures, float [N, 3, H, W] with H and W multiples of ``network.multiple``, to
``(heatmaps [N, K, h, w], pafs [N, 2L, h, w])`` with h = H / ``network.stride``. In training mode the maps of earlier
stages may follow these two.
trt_pose's networks go by trt_pose's names, and its ``.pth`` files fit them with no conversion.
"""

from . import densenet, dla, mnasnet, resnet

_BUILDERS = resnet.NETWORKS | densenet.NETWORKS | mnasnet.NETWORKS | dla.NETWORKS
NAMES = tuple(_BUILDERS)


def build(name, keypoints, links, **kwargs):
    """Make a network.

    Args:
        name: one of NAMES.
        keypoints, links: how many; they give the channels of heatmaps (one a keypoint) and fields (two a link).
        **kwargs: of that network. trt_pose's experiments repeat the numbers of channels among them, as
            ``cmap_channels`` and ``paf_channels``; they must agree.

    Raises:
        ValueError: no such network or keyword, or a value that it can't have.
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no network {name!r}, only {', '.join(NAMES)}")
    for keyword, channels in (("cmap_channels", keypoints), ("paf_channels", 2 * links)):
        given = kwargs.pop(keyword, channels)
        if given != channels:
            raise ValueError(f"{keyword} is {given}, but {keypoints} keypoints and {links} links need {channels}")
    return _BUILDERS[name](keypoints, links, **kwargs)
