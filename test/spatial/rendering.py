"""Depth of capsule bodies and flat surfaces along a camera's rays."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .bodies import J

_MARGIN = 0.1  # metres around a joint in which a surface still shows it


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What a camera sees: capsules in its optical frame, whose they are, and planes ``normal @ point = offset``."""

    starts: np.ndarray  # [N, 3]
    ends: np.ndarray  # [N, 3]
    radii: np.ndarray  # [N]
    bares: np.ndarray  # [N, 17] bool
    owners: np.ndarray  # [N] index of the person
    planes: tuple = ()  # of (normal [3], offset)

    @classmethod
    def of(cls, bodies, joints, in_world, room=()):
        """The surfaces of ``bodies`` whose joints are [P, 17, 3] in the camera's optical frame.

        Args:
            bodies: P Body.
            joints: [P, 17, 3].
            in_world: Transform of the camera's optical frame into the world.
            room: planes of the world, (normal, offset).
        """
        parts = [body.capsules(one) for body, one in zip(bodies, joints, strict=True)]
        merged = [np.concatenate([p[i] for p in parts]) if parts else np.empty((0, *s)) for i, s in
                  enumerate([(3,), (3,), (), (17,)])]  # fmt: skip
        owners = np.repeat(np.arange(len(parts)), [len(p[2]) for p in parts])
        planes = []
        for normal, offset in room:
            turned = in_world.rotation.T @ np.asarray(normal, float)
            planes.append((turned, offset - np.dot(normal, in_world.translation)))
        return cls(*merged[:3], merged[3].astype(bool), owners, tuple(planes))


@lru_cache(8)
def pixel_rays(camera):
    """float64 [h, w, 3]: the rays of all pixels of a camera, depth 1."""
    y, x = np.mgrid[: camera.height, : camera.width]
    return camera.rays(np.stack([x, y], axis=-1))


def _hits(rays, start, end, radius):
    """float64 [...]: depth at which rays [..., 3] (z = 1, from the origin) enter a capsule; inf where they miss.

    Ray against the cylinder between the ends, and against the spheres at them.
    """
    axis, depth = end - start, np.full(rays.shape[:-1], np.inf)
    rr = np.einsum("...i,...i", rays, rays)
    with np.errstate(all="ignore"):
        aa = axis @ axis
        if aa > 1e-12:
            ra, pa = rays @ axis, -start @ axis
            rp = -(rays @ start)
            a, b = rr - ra * ra / aa, rp - ra * pa / aa
            c = start @ start - pa * pa / aa - radius * radius
            t = (-b - np.sqrt(b * b - a * c)) / a
            along = (pa + t * ra) / aa
            depth = np.where((t > 0) & (along >= 0) & (along <= 1), t, np.inf)
        for centre in (start, end):
            b = -(rays @ centre)
            t = (-b - np.sqrt(b * b - rr * (centre @ centre - radius * radius))) / rr
            depth = np.where((t > 0) & (t < depth), t, depth)
    return depth


def _window(camera, start, end, radius):
    """Slices of the rows and columns that a capsule can be in; None if it is outside of the image."""
    near = min(start[2], end[2]) - radius
    if near < 0.05:
        return (slice(None), slice(None)) if max(start[2], end[2]) + radius > 0.05 else None
    box = np.array([[p + s * radius for s in (-1, 1)] for p in (start, end)]).reshape(-1, 3)
    corners = np.array([[x, y, z] for x in (box[:, 0].min(), box[:, 0].max()) for y in
                        (box[:, 1].min(), box[:, 1].max()) for z in (near, box[:, 2].max())])  # fmt: skip
    pixels = camera.project(corners)
    if not np.isfinite(pixels).all():
        return slice(None), slice(None)
    low, high = np.floor(pixels.min(0)).astype(int) - 1, np.ceil(pixels.max(0)).astype(int) + 2
    low, high = np.maximum(low, 0), np.minimum(high, (camera.width, camera.height))
    return None if (low >= high).any() else (slice(low[1], high[1]), slice(low[0], high[0]))


def render(camera, surfaces):
    """Depth [h, w] in metres (inf: nothing there) and who is seen [h, w] int16 (-1: nobody)."""
    rays = pixel_rays(camera)
    depth, owner = np.full(rays.shape[:2], np.inf), np.full(rays.shape[:2], -1, np.int16)
    for normal, offset in surfaces.planes:
        with np.errstate(all="ignore"):
            t = offset / (rays @ normal)
        np.minimum(depth, np.where(t > 0, t, np.inf), out=depth)
    for start, end, radius, person in zip(surfaces.starts, surfaces.ends, surfaces.radii, surfaces.owners, strict=True):
        window = _window(camera, start, end, radius)
        if window is None:
            continue
        t = _hits(rays[window], start, end, radius)
        nearer = t < depth[window]
        depth[window][nearer] = t[nearer]
        owner[window][nearer] = person
    return depth, owner


def visible(camera, surfaces, joints):
    """bool [P, 17]: the joints [P, 17, 3] that the camera sees: the first surface on the way is flesh around the joint.

    Joints outside of the image are not seen.
    """
    pixels = camera.project(joints)
    with np.errstate(invalid="ignore"):
        inside = ((pixels > -0.5) & (pixels < (camera.width - 0.5, camera.height - 0.5))).all(-1)
        rays = joints / joints[..., 2:]
    first, part = np.full(joints.shape[:2], np.inf), np.full(joints.shape[:2], -1)
    for i, (start, end, radius) in enumerate(zip(surfaces.starts, surfaces.ends, surfaces.radii, strict=True)):
        t = _hits(rays, start, end, radius)
        nearer = t < first
        first[nearer], part[nearer] = t[nearer], i
    person, joint = np.indices(part.shape)
    bares = surfaces.bares[part, joint] & (surfaces.owners[part] == person) & (part >= 0)
    # the head's one capsule bears both ears, but hides the far one
    return inside & bares & (first > joints[..., 2] - _MARGIN * np.where(joint <= J["right_ear"], 0.35, 2.0))
