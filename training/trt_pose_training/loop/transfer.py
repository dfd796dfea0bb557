"""Start from a trained network: its weights, and those of its maps by the names of keypoints and links.

A network's first layers know images, whatever was to be found in them. Its last ones have a channel for every
keypoint and two for every link, in the order of a topology; for another topology they are put into its order, so that a
keypoint that both have is found from the first step on.
"""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from torch import nn

from trt_pose_ros.topology import Topology

from .. import networks
from ..experiment import checkpoint
from ..experiment.settings import ModelOptions

logger = logging.getLogger(__name__)


def start_from(network: nn.Module, model: ModelOptions, topology: Topology, path: str | Path) -> None:
    """Give a network the weights of a checkpoint (its average where it has one), or of a plain state dict, that fit it.

    A plain state dict doesn't say what its maps are of: they are taken to be in the network's own order. What is not
    there, or of another shape, stays as it is, and the log names it.

    Args:
        network: that of ``model`` and ``topology``.
        model: :class:`~trt_pose_training.experiment.settings.ModelOptions`.
        topology: the :class:`~trt_pose_ros.topology.Topology` of its maps.
        path: of the file.

    Raises:
        FileNotFoundError, ValueError: see :func:`.checkpoint.load`; or nothing in the file fits.
    """
    state = checkpoint.load(path)
    given, own = state.get("ema") or state.get("model") or state, network.state_dict()
    there = topology
    if "topology" in state:
        there = Topology.from_category(state["topology"], source=f"topology of {path}")
    if (there.keypoints, there.links) != (topology.keypoints, topology.links):
        given = given | _rearranged(given, own, model, there, topology)
        _log_maps(there, topology, path)
    fitting = {k: v for k, v in given.items() if k in own and getattr(v, "shape", None) == own[k].shape}
    if not fitting:
        raise ValueError(f"nothing in {path} fits the network: it has other names and shapes of weights")
    network.load_state_dict(fitting, strict=False)
    fresh = [k for k in own if k not in fitting]
    if fresh:
        logger.warning(
            "%d of %d weights are not in %s and start afresh: %s", len(fresh), len(own), path, ", ".join(fresh)
        )


def _rearranged(given, own, model, there, here):
    """The weights of the maps: channels that both topologies have from ``given``, the others from ``own``.

    Which axes have channels of maps shows when the network is built with one more of each. Where such an axis has other
    channels, too, they come first, then those of the heatmaps, then those of the fields.

    Args:
        given, own: state dicts.
        model: of both.
        there, here: their topologies.
    """
    keypoints, links = len(there.keypoints), len(there.links)
    plain, more_keypoints, more_links = (
        _shapes(model, *counts) for counts in ((keypoints, links), (keypoints + 1, links), (keypoints, links + 1))
    )
    rearranged = {}
    for key, shape in plain.items():
        if key not in given or key not in own or given[key].shape != shape:
            continue
        for axis, size in enumerate(shape):
            heatmaps, pafs = (other[key][axis] > size for other in (more_keypoints, more_links))
            if heatmaps or pafs:
                rest = size - heatmaps * keypoints - pafs * 2 * links
                channels = [(i, i, 1.0) for i in range(rest)]
                if heatmaps:
                    channels += _moved(_common_keypoints(there, here), rest)
                if pafs:
                    starts = rest + heatmaps * len(here.keypoints), rest + heatmaps * keypoints
                    channels += _moved(_common_links(there, here), *starts, width=2)
                rearranged[key] = _copied(channels, given[key], own[key], axis)
    return rearranged


def _shapes(model, keypoints, links):
    kwargs = {k: v for k, v in model.kwargs.items() if k not in ("cmap_channels", "paf_channels")}
    with torch.device("meta"):  # shapes without values
        network = networks.build(model.name, keypoints, links, **kwargs, start=False)
    return {key: value.shape for key, value in network.state_dict().items()}


def _moved(common, start, old_start=None, width=1):
    """Entries (here, there, sign) as channels, ``width`` an entry, that begin at ``start`` and ``old_start``."""
    old_start = start if old_start is None else old_start
    return [(start + width * i + c, old_start + width * j + c, sign) for i, j, sign in common for c in range(width)]


def _copied(channels, source, target, axis):
    """``target`` with channels (here, there, sign) of ``source`` along an axis."""
    here, there, signs = zip(*channels, strict=True) if channels else ((), (), ())
    signs = torch.tensor(signs).view([-1 if a == axis else 1 for a in range(target.dim())])
    chosen = source.float().index_select(axis, torch.tensor(there, dtype=torch.long)) * signs
    return target.index_copy(axis, torch.tensor(here, dtype=torch.long), chosen)


def _common_keypoints(there, here):
    """[(index here, index there, 1.0)] of the keypoints that both topologies have."""
    return [(i, there.keypoints.index(k), 1.0) for i, k in enumerate(here.keypoints) if k in there.keypoints]


def _common_links(there, here):
    """[(index here, index there, sign)] of the links that both have; -1: they point in opposite directions."""
    known = {tuple(there.keypoints[end] for end in link): i for i, link in enumerate(there.links)}
    common = []
    for i, link in enumerate(here.links):
        a, b = (here.keypoints[end] for end in link)
        if (a, b) in known:
            common.append((i, known[a, b], 1.0))
        elif (b, a) in known:
            common.append((i, known[b, a], -1.0))
    return common


def _log_maps(there, here, path):
    known = {i for i, *_ in _common_keypoints(there, here)}, {i for i, *_ in _common_links(there, here)}
    fresh = [k for i, k in enumerate(here.keypoints) if i not in known[0]]
    links = [link for i, link in enumerate(here.links) if i not in known[1]]
    fresh += [f"{here.keypoints[a]}-{here.keypoints[b]}" for a, b in links]
    logger.info(
        "%d of %d keypoints and %d of %d links are those of %s; start afresh: %s",
        *(len(known[0]), len(here.keypoints), len(known[1]), len(here.links), path, ", ".join(fresh) or "none"),
    )
