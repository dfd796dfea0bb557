"""What cameras and a network with faults make of people whose joints are known: Views with skeletons over time."""

from dataclasses import dataclass

import numpy as np
from spatial.bodies import TOPOLOGY, J

from trt_pose_ros import Poses
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.transforms import Transform

SIZE = 640, 480  # pixels
_SIGMAS = np.array(TOPOLOGY.sigmas)
_FACE = 5  # nose, eyes and ears come first

# Flesh that hides what is behind, as balls along the bones: from, to, radius in metres at 1.71 m of stature, how many.
_FLESH = [("head", "head", 0.085, 1), ("chest", "belly", 0.12, 4), ("belly", "left_hip", 0.1, 2)]
_FLESH += [("belly", "right_hip", 0.1, 2)]
for _side in ("left_", "right_"):
    _FLESH += [(_side + "shoulder", _side + "elbow", 0.045, 3), (_side + "elbow", _side + "wrist", 0.038, 4)]
    _FLESH += [(_side + "hip", _side + "knee", 0.072, 5), (_side + "knee", _side + "ankle", 0.05, 5)]
_BEFORE = 0.05  # metres that flesh has to be nearer than the joint it hides


@dataclass(frozen=True)
class Faults:
    """Of a network.

    Attributes:
        noise: standard deviation in the joint's OKS sigmas times the person's size (COCO's square root of the area),
            for a joint of score 1; one of score s has 1 / s of it.
        missing: share of the seen joints that are not found. They are lost for ``burst`` images on average.
        burst: see there.
        wild: share that lies anywhere around, ``borrowed``: share that lies on the same joint of somebody near.
        swapped: share of images in which a person's left and right legs, or arms, are exchanged.
        lost: share of images in which a person is not found at all.
        switched: share of views in which a track id changes: to a new one, or two people exchange theirs.
        memory: how much of a joint's error is that of the image before, 0 to 1.
    """

    noise: float = 0.4
    missing: float = 0.2
    burst: float = 2.5
    wild: float = 0.015
    borrowed: float = 0.15
    swapped: float = 0.01
    lost: float = 0.02
    switched: float = 0.2
    memory: float = 0.5


PERFECT = Faults(0, 0, 1, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera of the scene: its name, its model and where its optical frame lies in the world."""

    name: str
    model: CameraModel
    in_world: Transform


@dataclass(frozen=True, eq=False)
class View:
    """What one camera's network told.

    Attributes:
        camera: Camera.
        frames: list of (stamp, Poses), track ids as a tracker with faults gives them.
        ids: int32 [T, P], the track id of each true person.
        seen: bool [T, P, 17], the camera truly sees the joint.
        pixels: [T, P, 17, 2], where joints truly are.
    """

    camera: Camera
    frames: list
    ids: np.ndarray
    seen: np.ndarray
    pixels: np.ndarray


def looking_at(place, target, degrees=80.0, name=""):
    """A Camera at ``place`` that looks at ``target``, [3] in the world."""
    ahead = np.subtract(target, place)
    ahead = ahead / np.linalg.norm(ahead)
    right = np.cross(ahead, (0, 0, 1.0))
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    model = CameraModel.from_field_of_view(*SIZE, degrees)
    return Camera(name, model, Transform(rotation, np.asarray(place, float)))


def film(camera, rng, times, joints, faults, walls=()):
    """The :class:`View` of a camera.

    Args:
        camera: Camera.
        rng: numpy Generator of the faults.
        times: [T] seconds.
        joints: [T, P, 17, 3] in the world.
        faults: Faults.
        walls: what hides people: (corner [3], edge [3], edge [3]) in the world.
    """
    places = camera.in_world.inverse(joints)
    seen, pixels = _seen(camera, joints, walls), camera.model.project(places)
    with np.errstate(invalid="ignore"):
        inside = ((pixels > -0.5) & (pixels < np.array(SIZE) - 0.5)).all(-1)
    seen &= inside & (places[..., 2] > 0.1)
    keypoints = _network(rng, places, pixels, seen, camera.model, faults)
    ids = _identities(rng, len(times), joints.shape[1], faults)
    there = (keypoints[..., 2] > 0).sum(-1) >= 4
    there &= rng.random(there.shape) >= faults.lost
    frames = []
    for t, stamp in enumerate(times):
        order = rng.permutation(np.flatnonzero(there[t]))
        kept = keypoints[t, order].astype(np.float32)
        frames.append((float(stamp), Poses(TOPOLOGY, kept, kept[..., 2].mean(1), track_ids=ids[t, order])))
    return View(camera, frames, ids, seen, pixels)


def _seen(camera, joints, walls):
    """bool [T, P, 17]: neither flesh nor a wall lies between the camera and the joint."""
    eye = camera.in_world.translation
    rays = joints - eye
    far = np.linalg.norm(rays, axis=-1)
    rays = rays / far[..., None]
    balls, radii, owners, spare = _balls(joints)
    to_balls = balls - eye  # [T, S, 3]
    near = np.einsum("tpkj,tsj->tpks", rays, to_balls)
    aside = (to_balls**2).sum(-1)[:, None, None] - near**2
    hides = (near > 0) & (near < far[..., None] - _BEFORE) & (aside < (0.85 * radii) ** 2)
    own = owners[None] == np.arange(joints.shape[1])[:, None]  # [P, S]
    hides &= ~(own[:, None] & spare.T[None])[None]
    hidden = hides.any(-1)
    for corner, one, other in walls:
        normal = np.cross(one, other)
        with np.errstate(all="ignore"):
            depth = (np.subtract(corner, eye) @ normal) / (rays @ normal)
            at = eye + rays * depth[..., None] - corner
            inside = [(at @ edge >= 0) & (at @ edge <= edge @ edge) for edge in map(np.asarray, (one, other))]
            hidden |= (depth > 0) & (depth < far) & inside[0] & inside[1]
    return ~hidden


def _balls(joints):
    """Centres [T, S, 3], radii [S] and owners [S] of everybody's flesh, and [S, 17]: joints it does not hide itself."""
    balls, radii, owners, spare = [], [], [], []
    for person in range(joints.shape[1]):
        p = {name: joints[:, person, i] for name, i in J.items()}
        p["head"] = (p["left_ear"] + p["right_ear"]) / 2
        p["chest"] = (p["left_shoulder"] + p["right_shoulder"]) / 2
        p["belly"] = (p["left_hip"] + p["right_hip"]) / 2
        size = float(np.linalg.norm(p["chest"] - p["belly"], axis=-1).mean()) / 0.49
        for start, end, radius, count in _FLESH:
            for share in (np.arange(count) + 0.5) / count:
                balls.append(p[start] + share * (p[end] - p[start]))
                radii.append(radius * size)
                owners.append(person)
                spare.append([name in (start, end) or (start, "hip") == ("chest", name[-3:]) for name in J])
    return np.stack(balls, 1), np.array(radii), np.array(owners), np.array(spare)


def _network(rng, places, pixels, seen, camera, faults):
    """Keypoints [T, P, 17, 3] as a network finds them."""
    shape = seen.shape
    if not faults.noise:
        found = np.concatenate([pixels, np.full((*shape, 1), 0.9)], -1)
        return np.where(seen[..., None], found, (np.nan, np.nan, 0.0))
    size = 0.7 * camera.fy / np.maximum(places[..., 2].mean(-1), 0.2)
    # hidden joints are guessed, badly and with low scores, or not found
    scores = np.clip(np.where(seen, rng.normal(0.78, 0.15, shape), rng.normal(0.3, 0.15, shape)), 0.05, 0.97)
    scores = _correlated(rng, scores, faults.memory)
    error = _correlated(rng, rng.standard_normal((*shape, 2)), faults.memory)
    error /= np.sqrt(1 - faults.memory) / np.sqrt(1 + faults.memory) if faults.memory else 1
    spread = faults.noise * _SIGMAS * size[..., None] / np.maximum(scores, 0.15)
    wild = rng.random(shape) < faults.wild
    xy = pixels + error * np.where(wild, np.maximum(6 * spread, 0.3 * size[..., None]), spread)[..., None]
    _borrow(rng, xy, scores, pixels, seen, size, faults)
    for first, last in ((J["left_shoulder"], J["right_wrist"]), (J["left_hip"], J["right_ankle"])):
        exchanged = rng.random(shape[:2]) < faults.swapped
        mirrored = [k + 1 if k % 2 else k - 1 for k in range(first, last + 1)]
        for values in (xy, scores):
            values[exchanged, first : last + 1] = values[exchanged][:, mirrored]
    lost = _bursts(rng, shape, faults) | (~seen & (rng.random(shape) < 0.4)) | (scores < 0.1)
    with np.errstate(invalid="ignore"):
        lost |= ~((xy > -0.5) & (xy < np.array(SIZE) - 0.5)).all(-1)
    return np.where(lost[..., None], (np.nan, np.nan, 0.0), np.concatenate([xy, scores[..., None]], -1))


def _correlated(rng, values, memory):
    """Values [T, ...], each mixed with that of the image before."""
    out = values.copy()
    for t in range(1, len(out)):
        out[t] = memory * out[t - 1] + (1 - memory) * values[t]
    return out


def _bursts(rng, shape, faults):
    """bool [T, P, 17]: joints that are lost, for some images on end (a chain of two states)."""
    share = faults.missing
    ends = 1 / faults.burst
    begins = ends * share / (1 - share)
    chance = rng.random(shape)
    lost = np.empty(shape, bool)
    lost[0] = chance[0] < share
    for t in range(1, shape[0]):
        lost[t] = np.where(lost[t - 1], chance[t] >= ends, chance[t] < begins)
    return lost


def _borrow(rng, xy, scores, pixels, seen, size, faults):
    """Where people overlap, some joints that are hidden are taken from the other one, with a good score."""
    for person in range(seen.shape[1]):
        for other in range(seen.shape[1]):
            if other == person:
                continue
            with np.errstate(invalid="ignore"):
                near = np.linalg.norm(pixels[:, other] - pixels[:, person], axis=-1) < 0.4 * size[:, person, None]
            take = near & seen[:, other] & ~seen[:, person] & (rng.random(near.shape) < faults.borrowed)
            take[:, :_FACE] = False
            xy[:, person][take] = xy[:, other][take]
            scores[:, person][take] = np.maximum(scores[:, person][take], 0.8 * scores[:, other][take])


def _identities(rng, images, people, faults):
    """Track ids int32 [T, P]: now and then somebody gets a new one, or two exchange theirs."""
    ids = np.tile(np.arange(1, people + 1, dtype=np.int32), (images, 1))
    if people and rng.random() < faults.switched:
        at, person = rng.integers(images // 5, images), int(rng.integers(people))
        if people > 1 and rng.random() < 0.5:
            other = (person + 1) % people
            ids[at:, [person, other]] = ids[at:, [other, person]]
        else:
            ids[at:, person] = people + 1
    return ids
