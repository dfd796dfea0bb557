"""Floor: the frame in which cameras are told, z up from the floor, by the feet of the person who walked on it."""

from __future__ import annotations

import numpy as np

from ...topology import Topology
from ...transforms import Transform

_ANKLE = 0.09  # metres of an ankle above the floor
_LOW = 0.3  # share of the ankles' places that are of a foot on the floor
_ROUNDS = 5


def on_floor(places: np.ndarray, topology: Topology, camera: Transform) -> Transform | None:
    """The transform from the frame of ``places`` to one on the floor: z up, origin below the camera, x where it looks.

    Args:
        places: float [T, K, 3], metres, of somebody upright who walked about.
        topology: of the keypoints.
        camera: where the first camera is in that frame.

    Returns:
        None where ankles or shoulders are not known, or nobody walked enough to tell a plane.
    """
    of = {name: places[:, i] for i, name in enumerate(topology.keypoints)}
    try:
        ankles = np.concatenate([of["left_ankle"], of["right_ankle"]])
        shoulders = np.concatenate([of["left_shoulder"], of["right_shoulder"]])
    except KeyError:
        return None
    bodies = shoulders - ankles
    bodies = bodies[np.isfinite(bodies).all(axis=1)]
    ankles = ankles[np.isfinite(ankles).all(axis=1)]
    if len(bodies) < 10 or len(ankles) < 10:
        return None
    up = np.median(bodies / np.linalg.norm(bodies, axis=1, keepdims=True), axis=0)
    up /= np.linalg.norm(up)
    ground = ankles
    for _ in range(_ROUNDS):  # the lowest ankles stand on the floor; which are the lowest depends on the plane
        heights = ankles @ up
        ground = ankles[heights <= np.quantile(heights, _LOW)]
        centred = ground - ground.mean(axis=0)
        _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
        if sizes[1] / np.sqrt(len(ground)) < _ANKLE:  # a line of steps: bodies tell up better than feet
            break
        up = axes[2] * np.sign(axes[2] @ up)
    height = float(np.median(ground @ up)) - _ANKLE
    forward = camera.rotation[:, 2] - (camera.rotation[:, 2] @ up) * up
    if np.linalg.norm(forward) < 1e-3:  # it looks straight down: the top of its images is forward
        forward = -camera.rotation[:, 1] + (camera.rotation[:, 1] @ up) * up
    forward /= np.linalg.norm(forward)
    rotation = np.stack([forward, np.cross(up, forward), up])
    origin = camera.translation + (height - camera.translation @ up) * up
    return Transform(rotation, -rotation @ origin)
