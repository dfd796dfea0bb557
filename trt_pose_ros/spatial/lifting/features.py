"""Features: what the lifting network sees of a person in one image, wherever in it they are.

The directions of the joints are turned until the person is straight ahead, so that the network has to know one view of
a body only and not one for each place in the image (Yu et al., "PCLs", 2021), and scaled to one size.
"""

from __future__ import annotations

import numpy as np

from ...topology import Topology

JOINTS = Topology.load("coco_17").keypoints
PER_IMAGE = 3 * len(JOINTS) + 4  # x, y and score of the joints, size, direction of up
SLOTS = 9  # images that the network looks at: the present one, and those before
SPACING = 0.1  # seconds between them
WIDTH = PER_IMAGE + 1  # and by how much each is older than it should be
# what a network was trained for; another one is not to be shown this
FORMAT = {"version": 1, "topology": "coco_17", "slots": SLOTS, "spacing": SPACING, "width": WIDTH}

_FARTHEST = 4.0  # sizes from the middle at which what is farther off is taken to lie
_USUAL = 0.15  # size, at unit depth
_SMALLEST = 1e-3  # size, at unit depth


def features(rays: np.ndarray, scores: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the network sees of people.

    Args:
        rays: [..., 17, 3], directions of the joints in the camera's optical frame, z = 1; NaN: not found.
        scores: [..., 17] in [0, 1], 0 for those that were not found.
        up: [..., 3], the direction upwards in that frame, of length 1; zero where it is not known.

    Returns:
        float32 [..., PER_IMAGE], and float64 [..., 3, 3]: the rotation from the camera's optical frame to the one in
        which the person is straight ahead.
    """
    found = np.isfinite(rays).all(-1) & (scores > 0)
    weight = found / np.maximum(found.sum(-1, keepdims=True), 1)
    rays = np.where(found[..., None], rays, 0.0).astype(np.float64)
    middle = np.einsum("...k,...kc->...c", weight, rays)
    middle[..., 2] = 1.0  # so that without joints it is ahead, too
    turn = _ahead(middle)
    turned = np.einsum("...ij,...kj->...ki", turn, rays)
    with np.errstate(all="ignore"):
        flat = np.where(turned[..., 2:] > 0.05, turned[..., :2] / turned[..., 2:], 0.0)
    size = np.maximum(np.sqrt(np.einsum("...k,...kc->...", weight, flat**2)), _SMALLEST)[..., None]
    flat = np.where(found[..., None], np.clip(flat / size[..., None], -_FARTHEST, _FARTHEST), 0.0)
    seen = np.concatenate(
        [
            flat.reshape(*flat.shape[:-2], 2 * len(JOINTS)),
            np.where(found, np.clip(scores, 0.0, 1.0), 0.0),
            np.log(size / _USUAL),
            np.einsum("...ij,...j->...i", turn, up),
        ],
        axis=-1,
    )
    return seen.astype(np.float32), turn


def _ahead(direction: np.ndarray) -> np.ndarray:
    """[..., 3, 3]: rotation that takes a direction to the z axis and leaves down in the image down."""
    z = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    x = np.stack([z[..., 2], np.zeros_like(z[..., 0]), -z[..., 0]], axis=-1)
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-2)
