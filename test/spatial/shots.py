"""Shots: people who move before a camera, with the truth and what a network and a depth camera make of it.

    crowd = shots.crowd(seed=0, people=5, times=np.arange(60) / 30)
    for shot in shots.film(crowd, shots.camera(), shots.looking(height=1.4), depth=Sensor(), seed=1):
        shot.poses, shot.scene, shot.positions, shot.visible

World: z up, floor at z = 0. Everything of a Shot is in the camera's optical frame, metres.
"""

from dataclasses import dataclass

import numpy as np

from trt_pose_ros import Poses
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.spatial import DepthImage, Scene
from trt_pose_ros.transforms import Transform

from . import motions
from .bodies import TOPOLOGY, Body
from .rendering import Surfaces, render, visible

ROOM = (((0, 0, 1), 0.0), ((-1, 0, 0), -7.0))  # the floor, and a wall at x = 7 m


@dataclass(frozen=True, eq=False)
class Crowd:
    """People who move: ``bodies`` of P Body, ``joints`` [T, P, 17, 3] in the world, ``times`` [T] in seconds."""

    bodies: tuple
    joints: np.ndarray
    times: np.ndarray


@dataclass(frozen=True, eq=False)
class Shot:
    """One image.

    Attributes:
        poses: as a network finds them: noisy keypoints and scores, in the order of ``positions``. ``track_ids`` are
            the true identities.
        scene: for the pipeline: camera, depth and in_world.
        stamp: seconds.
        positions: float64 [P, 17, 3], true joints in the camera's optical frame.
        visible: bool [P, 17], the camera sees the joint.
        pixels: float64 [P, 17, 2], where the joints truly are in the image.
        depth: float64 [h, w], true depth from the camera's place; None without depth.
        owner: int16 [h, w], whom each pixel of ``depth`` shows, -1 nobody.
    """

    poses: Poses
    scene: Scene
    stamp: float
    positions: np.ndarray
    visible: np.ndarray
    pixels: np.ndarray
    depth: np.ndarray | None = None
    owner: np.ndarray | None = None


def crowd(seed=0, people=5, times=(0.0,), distance=(2.0, 4.0), spread=1.5, kinds=motions.KINDS):
    """Varied people who move ahead of the origin, x being ahead.

    Args:
        seed: of all that varies.
        people: how many.
        times: [T] seconds.
        distance: of where they start, metres along x, lowest and highest.
        spread: they start up to that far left and right, metres.
        kinds: of motions.
    """
    rng = np.random.default_rng(seed)
    bodies, joints, starts = [], [], []
    for _ in range(people):
        body = Body.random(rng)
        # nobody starts inside of somebody else, if there is room
        tries = np.stack([rng.uniform(*distance, 20), rng.uniform(-spread, spread, 20)], axis=1)
        apart = [min((np.hypot(*(t - s)) for s in starts), default=np.inf) for t in tries]
        start = next((t for t, a in zip(tries, apart, strict=True) if a > 0.6), tries[int(np.argmax(apart))])
        starts.append(start)
        kind = str(rng.choice(kinds))
        # those who walk do so across the view, the others face the camera more or less
        heading = rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.3) if kind == "walk" else np.pi + rng.normal(0, 0.8)
        bodies.append(body)
        joints.append(motions.move(body, rng, times, kind, start, heading))
    return Crowd(tuple(bodies), np.stack(joints, 1) if joints else np.empty((len(times), 0, 17, 3)), np.asarray(times))


def camera(width=640, height=480, degrees=65.0, **changes):
    """A camera model without distortion; ``changes`` are fields of CameraModel."""
    return CameraModel(**{**vars(CameraModel.from_field_of_view(width, height, degrees)), **changes})


def looking(height=1.4, place=(0.0, 0.0), yaw=0.0, down=0.1):
    """Transform of the optical frame of a camera at ``place`` and ``height`` into the world, looking along x.

    Args:
        height: metres over the floor.
        place: x, y, metres.
        yaw: turned to the left by that, radians.
        down: and downwards, radians.
    """
    ahead = np.array([np.cos(yaw) * np.cos(down), np.sin(yaw) * np.cos(down), -np.sin(down)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    return Transform(np.stack([right, np.cross(ahead, right), ahead], axis=1), np.array([*place, height]))


def network(rng, positions, pixels, seen, camera, noise=0.5, missed=0.05, wild=0.01):
    """Keypoints [P, 17, 3] as a network gives them, of the true ``pixels`` [P, 17, 2].

    Args:
        rng: numpy Generator.
        positions: [P, 17, 3] true joints, for the size of people in the image.
        pixels: true.
        seen: bool [P, 17]; those hidden are found half as well and with low scores, or not.
        camera: CameraModel.
        noise: standard deviation on each axis in the joint's OKS sigmas times the person's size (COCO's square root of
            the area): 0.5 is two to five pixels for somebody at 3 m in 640x480.
        missed: share of the seen joints that are not found.
        wild: share that lies anywhere around.
    """
    size = 0.7 * camera.fy / np.maximum(positions[..., 2].mean(axis=1), 0.1)
    sigma = noise * np.array(TOPOLOGY.sigmas) * size[:, None] * np.where(seen, 1.0, 2.0)
    sigma = np.where(rng.random(seen.shape) < wild, 5 * sigma, sigma)
    xy = pixels + rng.standard_normal(pixels.shape) * sigma[..., None]
    scores = np.where(seen, rng.uniform(0.5, 0.95, seen.shape), rng.uniform(0.1, 0.55, seen.shape))
    lost = rng.random(seen.shape) < np.where(seen, missed, 0.4)
    with np.errstate(invalid="ignore"):
        lost |= ~((xy > -0.5) & (xy < (camera.width - 0.5, camera.height - 0.5))).all(-1)
    return np.where(lost[..., None], (np.nan, np.nan, 0.0), np.concatenate([xy, scores[..., None]], -1))


def film(crowd, camera, in_world, depth=None, depth_camera=None, depth_in_image=None, depth_size=None, room=ROOM,
         seed=0, **faults):  # fmt: skip
    """Every Shot of a crowd.

    Args:
        crowd: :class:`Crowd`.
        camera: CameraModel of the images.
        in_world: Transform of its optical frame into the world, or a function of the stamp that gives it.
        depth: Sensor; None for no depth.
        depth_camera: CameraModel of an unregistered depth camera, with ``depth_in_image``, its Transform into the
            image camera's optical frame; None for registered depth.
        depth_in_image: see there.
        depth_size: width, height of registered depth if it is not the image's.
        room: planes of the world.
        seed: of the faults.
        **faults: ``noise``, ``missed`` and ``wild`` of :func:`network`.
    """
    rng = np.random.default_rng(seed)
    for stamp, world in zip(crowd.times, crowd.joints, strict=True):
        place = in_world(stamp) if callable(in_world) and not isinstance(in_world, Transform) else in_world
        joints = place.inverse(world)
        surfaces = Surfaces.of(crowd.bodies, joints, place, room)
        seen, pixels = visible(camera, surfaces, joints), camera.project(joints)
        keypoints = network(rng, joints, pixels, seen, camera, **faults)
        scores = keypoints[..., 2].mean(1)
        poses = Poses(TOPOLOGY, keypoints, scores, track_ids=np.arange(len(joints)))
        image = true = owner = None
        if depth is not None:
            size = depth_size or (camera.width, camera.height)
            model = depth_camera or camera.scaled_to(*size)
            from_there = place @ depth_in_image if depth_in_image is not None else place
            surfaces = Surfaces.of(crowd.bodies, from_there.inverse(world), from_there, room)
            true, owner = render(model, surfaces)
            measured = depth.measure(true, model.fx, rng)
            image = DepthImage(measured, 0.001 if depth.millimetres else 1.0, depth_camera, depth_in_image)
        yield Shot(poses, Scene(camera, image, place), float(stamp), joints, seen, pixels, true, owner)
