"""Scenes of the generator with several cameras around them, and how well people are found in them."""

from dataclasses import dataclass

import numpy as np
from spatial import motions, shots
from spatial.bodies import Body

from trt_pose_ros.spatial.views import Fusing, Seen, View
from trt_pose_ros.topology import Topology

FPS = 25  # so that a clock that is 40 ms off is one picture off
_DISTANCE, _HEIGHT = 5.0, 2.2  # metres of the cameras from the middle, and above the floor


class Scene:
    """People among cameras that stand around them.

    Args:
        cameras: how many.
        people: how many.
        frames: how many; one more is filmed.
        seed: of everything.
        crowd: other people than such, in one more frame than ``frames``.
        **film: of :func:`spatial.shots.film`.
    """

    def __init__(self, cameras, people=5, frames=75, seed=0, crowd=None, **film):
        self.topology = Topology.load("coco_17")
        self.crowd = crowd or shots.crowd(seed=seed, people=people, times=np.arange(frames + 1) / FPS)
        self.frames = frames
        middle = np.nanmean(self.crowd.joints.reshape(-1, 3), axis=0)
        lens = shots.camera(1280, 720, 75.0)
        self.views, self.films = [], []
        for number in range(cameras):
            angle = 2 * np.pi * (number + 0.13) / max(cameras, 3)
            place = middle[:2] + _DISTANCE * np.array([np.cos(angle), np.sin(angle)])
            in_world = shots.looking(height=_HEIGHT, place=tuple(place), yaw=angle + np.pi, down=0.2)
            self.views.append(View(lens, in_world))
            self.films.append(
                [s.poses for s in shots.film(self.crowd, lens, in_world, seed=100 * seed + number, **film)]
            )

    def seen(self, frame, dead=None, late=0.0):
        """The images of a frame.

        Args:
            dead: a camera that has no picture from the middle of the film on.
            late: seconds, by how much later than its stamps the pictures of the last camera are, in whole frames.
        """
        ahead = round(late * FPS)
        return [
            Seen(f"camera{i}", view, film[frame + ahead * (i == len(self.views) - 1)], frame / FPS)
            for i, (view, film) in enumerate(zip(self.views, self.films, strict=True))
            if i != dead or frame < self.frames // 2
        ]


def walker(seed=0, legs=20, steps=12):
    """A Crowd of one who walks ``legs`` ways through the room, seen ``steps`` times on each."""
    random = np.random.default_rng(seed)
    body = Body.random(random)
    times = np.arange(steps) / 6
    joints = [
        motions.move(body, random, times, "walk", random.uniform((1.0, -2.0), (5.0, 2.0)), random.uniform(0, 2 * np.pi))
        for _ in range(legs)
    ]
    return shots.Crowd((body,), np.concatenate(joints)[:, None], np.arange(legs * steps) / 6)


@dataclass
class Score:
    """How people were found.

    Attributes:
        mpjpe, p99, worst: errors of the keypoints in millimetres.
        found: share of the people that were.
        strangers: people found who are none.
        identities: given to all people together.
        clock: what the last camera's clock was said to be off, seconds; None if nothing was.
    """

    mpjpe: float
    p99: float
    worst: float
    found: float
    strangers: int
    identities: int
    clock: float | None


def score(scene, dead=None, late=0.0, **options):
    """Follow the people of a Scene and hold them against the truth."""
    fusing = Fusing(scene.topology, "world", **options)
    errors, found, strangers, identities = [], 0, 0, set()
    for frame in range(scene.frames):
        people = fusing(scene.seen(frame, dead, late), frame / FPS)
        truth = scene.crowd.joints[frame]
        apart = np.linalg.norm(people.positions[:, None] - truth[None], axis=-1)
        known = np.isfinite(apart)
        mean = np.where(known, apart, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
        nearest = mean.argmin(axis=1) if len(people) else np.empty(0, int)
        hits = {int(p): row for row, p in enumerate(nearest) if mean[row, p] < 0.3}
        found += len(hits)
        strangers += len(people) - len(hits)
        errors += [e for p, row in hits.items() for e in apart[row, p][known[row, p]]]
        identities |= set(people.track_ids.tolist()) - {-1}
    mm = 1000 * np.array(errors)
    clock = fusing.clocks.offsets([f"camera{len(scene.views) - 1}"])
    return Score(
        mm.mean(),
        np.quantile(mm, 0.99),
        mm.max(),
        found / (scene.frames * scene.crowd.joints.shape[1]),
        strangers,
        len(identities),
        next(iter(clock.values()), None),
    )
