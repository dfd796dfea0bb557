"""Scenes with known truth: people walk in 3D before a camera, and a detector with the usual faults reports them.

The faults: noise with heavy tails, keypoints and people missed at random, keypoints hidden behind nearer people or a
pillar, hidden keypoints taken from the person in front, and ghosts. Everything follows from the seed.
"""

from dataclasses import dataclass, replace

import numpy as np

from trt_pose_ros import Poses, Topology
from trt_pose_ros.evaluation.metrics.identities import TrackedFrame
from trt_pose_ros.geometry import CameraModel

TOPOLOGY = Topology.load("human_pose")
WIDTH, HEIGHT = 1280, 720
FOCAL = 0.9 * WIDTH
CAMERA = CameraModel(WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2)
DEPTH_NOISE, DEPTH_HOLE = 0.003, 0.15  # of the depth camera: standard deviation at 1 m, it grows with the square; share
CAMERA_HEIGHT = 1.3
ENOUGH_KEYPOINTS = 5  # fewer, and the person is not there for any detector
GHOST = -1

# A standing body of height 1: to its left, up, forward.
_SIDES = {
    "eye": (0.02, 0.95, 0.06), "ear": (0.045, 0.94, 0.0), "shoulder": (0.11, 0.82, 0.0), "elbow": (0.13, 0.64, 0.0),
    "wrist": (0.13, 0.48, 0.0), "hip": (0.08, 0.53, 0.0), "knee": (0.08, 0.28, 0.0), "ankle": (0.08, 0.04, 0.0),
}  # fmt: skip
_MIDDLE = {"nose": (0.0, 0.93, 0.08), "neck": (0.0, 0.83, 0.0)}
_SWING = {"elbow": 0.07, "wrist": 0.15, "knee": -0.12, "ankle": -0.24}  # forward, of the left side at phase pi / 2


@dataclass(frozen=True)
class Frame:
    """What the detector saw at one moment.

    Attributes:
        stamp: seconds.
        poses: the detections.
        truth: int [P], who each detection is; ``GHOST`` for nobody.
        present: the people who could be seen.
        boxes: float [N, 4], x_min, y_min, x_max, y_max in pixels around what is to be seen of those present.
        depths: float [P, K], metres along the optical axis that a depth camera measured at the keypoints: that of the
            body in front where a keypoint was borrowed from it, NaN in its holes.
    """

    stamp: float
    poses: Poses
    truth: np.ndarray
    present: tuple[int, ...]
    boxes: np.ndarray
    depths: np.ndarray

    def in_space(self):
        """The detections with positions, by the depths."""
        rays = CAMERA.rays(self.poses.keypoints[:, :, :2])
        positions = rays * self.depths[:, :, None]
        return replace(self.poses, positions=positions, position_stddevs=DEPTH_NOISE * self.depths**2)


@dataclass(frozen=True)
class Walker:
    """A person of ``height`` metres on a path: ``times`` [N] seconds, ``places`` [N, 2] metres (right, ahead)."""

    identity: int
    height: float
    times: np.ndarray
    places: np.ndarray

    def place(self, stamp):
        """Ground position [2] at ``stamp``."""
        return np.array([np.interp(stamp, self.times, self.places[:, i]) for i in range(2)])


@dataclass(frozen=True)
class Detector:
    """The faults of the detector, as probabilities a frame but for ``noise``, a fraction of the person's height."""

    noise: float = 0.008
    missed_keypoint: float = 0.05
    missed_person: float = 0.03
    borrowed_keypoint: float = 0.15
    ghost: float = 0.03


def film(walkers, fps, seconds, rng, detector=None, pan=None, pillar=None):
    """Film the ``walkers``.

    Args:
        walkers: a sequence of Walker.
        fps: frames a second.
        seconds: how long.
        rng: numpy Generator.
        detector: its faults.
        pan: camera's heading in radians as a function of time.
        pillar: (left, right) image columns that hide everything.

    Returns:
        list of Frame.
    """
    detector = detector or Detector()
    frames = []
    for index in range(round(fps * seconds)):
        stamp = index / fps
        views = [_view(walker, stamp, pan(stamp) if pan else 0.0) for walker in walkers]
        views = sorted((v for v in views if v is not None), key=lambda view: view.distance)
        frames.append(_detect(views, stamp, rng, detector, pillar))
    return frames


@dataclass
class _View:
    identity: int
    distance: float
    tall: float  # pixels
    depths: np.ndarray  # metres
    xy: np.ndarray
    visible: np.ndarray


def _view(walker, stamp, heading):
    here, ahead = walker.place(stamp), walker.place(stamp + 0.1) - walker.place(stamp - 0.1)
    direction = ahead / np.linalg.norm(ahead) if np.linalg.norm(ahead) > 0.01 else np.array([0.0, -1.0])
    before = np.interp(stamp, walker.times, _travelled(walker))
    speed = np.linalg.norm(ahead) / 0.2
    body = _body(2 * np.pi * before / (0.8 * walker.height) + walker.identity, min(speed, 1.0)) * walker.height
    left = np.array([-direction[1], direction[0]])  # seen from above, right-hand axes (right, ahead)
    ground = here + body[:, :1] * left + body[:, 2:] * direction
    cos, sin = np.cos(heading), np.sin(heading)
    ground = ground @ np.array([[cos, sin], [-sin, cos]])
    distance = ground[:, 1].mean()
    if distance < 1.0:
        return None
    xy = np.stack([ground[:, 0], CAMERA_HEIGHT - body[:, 1]], axis=1) / ground[:, 1:] * FOCAL
    xy += (WIDTH / 2, HEIGHT / 2)
    visible = ((xy >= 0) & (xy < (WIDTH, HEIGHT))).all(axis=1)
    visible &= ~_turned_away(direction @ (here / np.linalg.norm(here)), left @ (here / np.linalg.norm(here)))
    return _View(walker.identity, distance, walker.height / distance * FOCAL, ground[:, 1], xy, visible)


def standing_body():
    """float [K, 2]: right and down, of somebody who faces the camera; height 1."""
    body = _body(0.0, 0.0)
    return np.stack([body[:, 0], -body[:, 1]], axis=1)


def _travelled(walker):
    steps = np.linalg.norm(np.diff(walker.places, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _body(phase, swing):
    body = np.empty((len(TOPOLOGY.keypoints), 3))
    for index, name in enumerate(TOPOLOGY.keypoints):
        if name in _MIDDLE:
            body[index] = _MIDDLE[name]
            continue
        side, part = name.split("_")
        sign = 1 if side == "left" else -1
        body[index] = np.array(_SIDES[part]) * (sign, 1, 1)
        body[index, 2] += sign * swing * _SWING.get(part, 0.0) * np.sin(phase)
    body[:, 1] += 0.01 * swing * np.cos(2 * phase)
    return body


def _turned_away(facing_away, left_away):
    """bool [K]: the parts of the face that the head hides; both arguments are cosines to the line of sight."""
    hidden = np.zeros(len(TOPOLOGY.keypoints), bool)
    for index, name in enumerate(TOPOLOGY.keypoints):
        sideways = left_away if name.startswith("left") else -left_away
        if "ear" in name:
            hidden[index] = sideways > 0.3
        elif "eye" in name:
            hidden[index] = facing_away + 0.5 * sideways > 0.3
        elif name == "nose":
            hidden[index] = facing_away > 0.3
    return hidden


def _detect(views, stamp, rng, detector, pillar):
    keypoints, scores, truth, present, boxes, depths = [], [], [], [], [], []
    for index, view in enumerate(views):
        hider = np.full(len(view.xy), -1)
        for nearer in range(index):
            hider[_covered(view.xy, views[nearer]) & (hider < 0)] = nearer
        visible = view.visible & (hider < 0)
        if pillar:
            visible &= (view.xy[:, 0] < pillar[0]) | (view.xy[:, 0] > pillar[1])
        if visible.sum() >= ENOUGH_KEYPOINTS:
            present.append(view.identity)
            seen = view.xy[visible]
            boxes.append([*(seen.min(axis=0) - 0.05 * view.tall), *(seen.max(axis=0) + 0.05 * view.tall)])
        seen = visible & (rng.random(len(visible)) >= detector.missed_keypoint)
        noise = detector.noise * view.tall * rng.standard_normal(view.xy.shape)
        noise *= np.where(rng.random((len(seen), 1)) < 0.03, 5, 1)
        xy, depth = view.xy + noise, view.depths.copy()
        for k in np.flatnonzero(view.visible & (hider >= 0) & (rng.random(len(seen)) < detector.borrowed_keypoint)):
            other = views[hider[k]]
            if other.visible[k] and np.linalg.norm(other.xy[k] - view.xy[k]) < 0.3 * view.tall:
                xy[k], seen[k], depth[k] = other.xy[k] + noise[k], True, other.depths[k]
        missed = rng.random() < detector.missed_person
        if visible.sum() < ENOUGH_KEYPOINTS or seen.sum() < ENOUGH_KEYPOINTS or missed:
            continue
        sure = rng.uniform(0.5, 0.95, len(seen))
        keypoints.append(np.where(seen[:, None], np.column_stack([xy, sure]), (np.nan, np.nan, 0)))
        scores.append(min(1.0, rng.uniform(0.8, 1.1) * np.sqrt(seen.mean())))
        truth.append(view.identity)
        depths.append(depth)
    if rng.random() < detector.ghost:
        keypoints.append(_ghost(rng))
        scores.append(rng.uniform(0.1, 0.45))
        truth.append(GHOST)
        depths.append(np.full(len(TOPOLOGY.keypoints), 9.0))  # the wall behind
    order = rng.permutation(len(truth))
    keypoints = np.array(keypoints, np.float32).reshape(-1, len(TOPOLOGY.keypoints), 3)[order]
    poses = Poses(TOPOLOGY, keypoints, np.array(scores)[order])
    depths = np.array(depths).reshape(-1, len(TOPOLOGY.keypoints))[order]
    return Frame(
        stamp, poses, np.array(truth, int)[order], tuple(present), np.reshape(boxes, (-1, 4)), _measured(depths, stamp)
    )


def _measured(depths, stamp):
    """What a depth camera tells of depths [P, K]; its noise leaves that of the detector as it is without."""
    rng = np.random.default_rng(round(1e3 * stamp))
    depths = depths + DEPTH_NOISE * depths**2 * rng.standard_normal(depths.shape)
    return np.where(rng.random(depths.shape) < DEPTH_HOLE, np.nan, depths)


def _covered(points, nearer):
    """bool [K]: which points the body of the ``nearer`` view hides: those closer to a limb than its thickness."""
    start, end = (nearer.xy[[link[i] for link in TOPOLOGY.links]] for i in (0, 1))
    along = end - start
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9), 0, 1)
    return (np.linalg.norm(offset - share[..., None] * along, axis=-1) < 0.06 * nearer.tall).any(axis=1)


def _ghost(rng):
    middle, size = rng.uniform((0, 0), (WIDTH, HEIGHT)), rng.uniform(50, 300)
    keypoints = np.full((len(TOPOLOGY.keypoints), 3), (np.nan, np.nan, 0))
    some = rng.permutation(len(keypoints))[: rng.integers(5, 9)]
    keypoints[some, :2] = middle + rng.normal(0, size / 3, (len(some), 2))
    keypoints[some, 2] = rng.uniform(0.1, 0.5, len(some))
    return keypoints


def _walkers(rng, paths, first=0):
    return [
        Walker(first + i, rng.uniform(1.55, 1.95), np.asarray(times, float), np.asarray(places, float))
        for i, (times, places) in enumerate(paths)
    ]


def crossing(people, fps, seed, seconds=10):
    """Everybody walks across the picture and back, at his own depth and pace, crossing all who come the other way."""
    rng = np.random.default_rng(seed)
    paths = []
    for index in range(people):
        depth = rng.uniform(4, 8)
        reach = 0.5 * depth
        side = 1 if index % 2 else -1
        pace = rng.uniform(0.9, 1.8)
        turns = np.arange(0, seconds + 2 * 2 * reach / pace, 2 * reach / pace) - rng.uniform(0, reach / pace)
        sides = side * reach * (-1.0) ** np.arange(len(turns))
        paths.append((turns, np.stack([sides, depth + rng.uniform(-0.5, 0.5, len(turns))], axis=1)))
    return film(_walkers(rng, paths), fps, seconds, rng)


def meeting(people, fps, seed, seconds=10):
    """Pairs walk towards each other, stop one before the other and turn back: the hard case for constant velocity."""
    rng = np.random.default_rng(seed)
    paths = []
    for index in range(people):
        pair, side = index // 2, 1 if index % 2 else -1
        middle = 2.5 * (pair - (people // 2 - 1) / 2) + rng.uniform(-0.3, 0.3)
        depth = rng.uniform(5, 8)
        times = np.cumsum([0, 2.0 + rng.uniform(0, 0.5), 1.0, 2.0, 1.0, 2.0, 1.0, 3.0])
        away = side * rng.uniform(1.2, 1.8)
        near = side * rng.uniform(0.0, 0.15)
        xs = middle + np.array([away, near, near, away, away, near, near, away])
        paths.append((times, np.stack([xs, np.full(len(xs), depth)], axis=1)))
    return film(_walkers(rng, paths), fps, seconds, rng)


def pillar(people, fps, seed, seconds=10):
    """People walk behind a pillar that hides each of them for about a second."""
    rng = np.random.default_rng(seed)
    paths = []
    for index in range(people):
        depth = rng.uniform(4, 8)
        side = 1 if index % 2 else -1
        pace = rng.uniform(0.9, 1.8)
        start, end = -side * 0.5 * depth, side * 0.5 * depth
        begin = rng.uniform(0, 3)
        paths.append(([begin, begin + depth / pace], [(start, depth), (end, depth)]))
    return film(_walkers(rng, paths), fps, seconds, rng, pillar=(570, 710))


def group(people, fps, seed, seconds=10):
    """Everybody walks the same way, side by side and one behind the other."""
    rng = np.random.default_rng(seed)
    middle = np.array([[-2.5, 0.0], [2.5, 0.0], [-2.5, 0.0]])
    paths = []
    for _ in range(people):
        offset = np.array([rng.uniform(-1.2, 1.2), 6 + rng.uniform(-1.2, 1.2)])
        paths.append(([0, 5, 10], middle + offset))
    return film(_walkers(rng, paths), fps, seconds, rng)


def cut(people, fps, seed, seconds=10):
    """The picture changes to other people every two seconds."""
    rng = np.random.default_rng(seed)
    frames = []
    for shot in range(int(seconds // 2)):
        paths = []
        for _ in range(people):
            depth = rng.uniform(4, 8)
            start, end = rng.uniform(-0.45, 0.45, 2) * depth
            paths.append(([0, 3], [(start, depth), (end, depth)]))
        for frame in film(_walkers(rng, paths, first=shot * people), fps, 2, rng):
            frames.append(replace(frame, stamp=frame.stamp + 2 * shot))
    return frames


def turning(people, fps, seed, seconds=10):
    """People stroll about before a robot that looks left and right."""
    rng = np.random.default_rng(seed)
    walkers = _strollers(rng, people, seconds, step=3.0, reach=0.6)
    return film(walkers, fps, seconds, rng, pan=lambda stamp: 0.25 * np.sin(2 * np.pi * stamp / 3))


def faulty(people, fps, seed, seconds=10):
    """People stroll about before a detector that misses every fifth person and keypoint and is twice as noisy."""
    rng = np.random.default_rng(seed)
    walkers = _strollers(rng, people, seconds, step=4.0, reach=0.5)
    detector = Detector(noise=0.016, missed_keypoint=0.2, missed_person=0.2, ghost=0.1)
    return film(walkers, fps, seconds, rng, detector=detector)


def _strollers(rng, people, seconds, step, reach):
    """Walkers who choose a new place to go to every ``step`` seconds, within ``reach`` times their depth."""
    paths = []
    for _ in range(people):
        depth = rng.uniform(4, 8)
        times = np.arange(0, seconds + step, step)
        rights = rng.uniform(-reach, reach, len(times)) * depth
        paths.append((times, np.stack([rights, np.full(len(times), depth)], axis=1)))
    return _walkers(rng, paths)


def tracked(present, truth, ids):
    """A TrackedFrame: the people ``present``, and the ``ids`` [P] of detections that are ``truth`` [P]; -1: none."""
    given, people = ids >= 0, np.array(present, int)
    return TrackedFrame(people, ids[given], (people[:, None] == truth[given]).astype(float))


KINDS = {f.__name__: f for f in (crossing, meeting, pillar, group, cut, turning, faulty)}
