#!/usr/bin/env python3
"""A robot that follows people who walk about, simulated: try the settings of `follow_person_node` without a robot.

    python3 examples/follow_person/simulation.py --set distance=2.0 --set max_speed=0.6 --plot path.png

A unicycle robot carries a pinhole camera. People are the keypoints of a standing body, projected into the image with
noise and gaps; track ids are right or absent. Metres, seconds; the robot starts at the origin and looks along x.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import SimpleNamespace

import numpy as np

from trt_pose_ros.follow import Follower, FollowOptions
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import NO_TRACK

TICK = 0.01  # seconds of the simulated physics
TICKS_PER_IMAGE, TICKS_PER_COMMAND, TICKS_OF_DELAY = 7, 5, 10  # 14 Hz, 20 Hz, 0.1 s from image to skeletons
BASE_LAG = 0.1  # seconds: the base is a first-order lag behind its command
WIDTH, HEIGHT, CAMERA_HEIGHT = 640, 480, 1.0
CAMERA = CameraModel(WIDTH, HEIGHT, fx=400.0, fy=400.0, cx=(WIDTH - 1) / 2, cy=(HEIGHT - 1) / 2)

# name -> metres to the person's left and above the floor, of somebody 1.74 m tall
BODY = {
    "nose": (0, 1.58),
    "neck": (0, 1.42),
    **{
        f"{side}_{joint}": (sign * left, up)
        for side, sign in (("left", 1), ("right", -1))
        for joint, left, up in (
            *(("eye", 0.03, 1.61), ("ear", 0.08, 1.6), ("shoulder", 0.18, 1.42), ("elbow", 0.22, 1.12)),
            *(("wrist", 0.24, 0.87), ("hip", 0.1, 0.92), ("knee", 0.1, 0.49), ("ankle", 0.1, 0.07)),
        )
    },
}
RAISED = BODY | {"right_elbow": (-0.35, 1.5), "right_wrist": (-0.3, 1.75)}


@dataclass
class Walker:
    """Somebody who walks. Each attribute but the last is a function of the time.

    Attributes:
        path: where they are, (x, y).
        raises_hand, visible: booleans.
        track_id: theirs, -1 for none.
    """

    path: Callable
    raises_hand: Callable = lambda t: False
    visible: Callable = lambda t: True
    track_id: int = NO_TRACK

    def skeleton(self, t, robot, random, noise, gaps):
        """The skeleton in the image that a robot at (x, y, heading) takes, None where nothing of it is in there."""
        if not self.visible(t):
            return None
        (x, y), (later_x, later_y) = self.path(t), self.path(t + TICK)
        facing = math.atan2(later_y - y, later_x - x)
        left, up = np.array(list((RAISED if self.raises_hand(t) else BODY).values())).T
        east, north = x - left * math.sin(facing) - robot[0], y + left * math.cos(facing) - robot[1]
        depth = east * math.cos(robot[2]) + north * math.sin(robot[2])
        right = east * math.sin(robot[2]) - north * math.cos(robot[2])
        pixels = CAMERA.project(np.stack([right, CAMERA_HEIGHT - up, depth], axis=-1)).T
        pixels += random.normal(0, noise, pixels.shape)
        inside = (depth > 0.05) & (pixels > 0).all(axis=0) & (pixels[0] < WIDTH) & (pixels[1] < HEIGHT)
        found = inside & (random.random(len(up)) >= gaps)
        keypoints = [
            SimpleNamespace(x=u, y=v, score=0.9) if ok else SimpleNamespace(x=math.nan, y=math.nan, score=0.0)
            for u, v, ok in zip(*pixels, found, strict=True)
        ]
        return SimpleNamespace(track_id=self.track_id, keypoints=keypoints) if found.any() else None


@dataclass
class Trace:
    """What happened, one entry a command.

    Attributes:
        time: seconds.
        robot: (x, y, heading).
        commands: what the follower commanded.
        distances: metres from the robot to each walker.
    """

    time: list = field(default_factory=list)
    robot: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    distances: list = field(default_factory=list)

    def between(self, start, end, get):
        """An array of ``get(i)`` for the entries from ``start`` to ``end`` seconds."""
        return np.array([get(i) for i, t in enumerate(self.time) if start <= t < end])


def simulate(walkers, duration, options=None, *, seed=0, noise=2.0, gaps=0.02, camera_ends=math.inf, calibrated=True):
    """Let a Follower follow ``walkers`` for ``duration`` seconds and return the Trace.

    Args:
        noise: standard deviation of the keypoints, pixels.
        gaps: share of keypoints that are not found.
        camera_ends: the time of the last image.
        calibrated: the follower knows the camera; otherwise it has the options' field of view.
    """
    follower, random, trace = Follower(options or FollowOptions()), np.random.default_rng(seed), Trace()
    camera = CAMERA if calibrated else None
    robot, motion, command, on_the_way = np.zeros(3), np.zeros(2), np.zeros(2), []
    for tick in range(round(duration / TICK)):
        t = tick * TICK
        if tick % TICKS_PER_IMAGE == 0 and t <= camera_ends:
            people = [w.skeleton(t, robot, random, noise, gaps) for w in walkers]
            on_the_way.append((tick + TICKS_OF_DELAY, _array([p for p in people if p])))
        if on_the_way and on_the_way[0][0] <= tick:
            follower.update(on_the_way.pop(0)[1], t, camera)
        if tick % TICKS_PER_COMMAND == 0:
            trace.time.append(t)
            trace.robot.append(robot.copy())
            trace.commands.append(follower.command(t))
            trace.distances.append([math.dist(robot[:2], w.path(t)) for w in walkers])
            command = np.array([trace.commands[-1].speed, trace.commands[-1].turn_rate])
        motion += (command - motion) * TICK / BASE_LAG
        robot += TICK * np.array([motion[0] * math.cos(robot[2]), motion[0] * math.sin(robot[2]), motion[1]])
    return trace


def _array(skeletons):
    return SimpleNamespace(keypoint_names=list(BODY), image_width=WIDTH, image_height=HEIGHT, skeletons=skeletons)


def stroll(t):
    """A walk of 0.25 m/s: straight on, around a bend, and then standing."""
    s = 0.25 * min(t, 40.0)
    if s < 4:
        return 2.5 + s, 0.0
    angle = min((s - 4) / 2.5, math.pi / 2)
    return 6.5 + 2.5 * math.sin(angle), 2.5 * (1 - math.cos(angle)) + max(0.0, s - 4 - 2.5 * math.pi / 2)


def plot(trace, walker, path):
    """Draw the paths, the distance and the speed over time into a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (ways, distance, speed) = pyplot.subplots(1, 3, figsize=(12, 3.4), dpi=80, layout="constrained")
    ways.plot(*zip(*(walker.path(t) for t in trace.time), strict=True), label="person")
    ways.plot(*np.array(trace.robot)[:, :2].T, label="robot")
    ways.set(title="paths seen from above", xlabel="m", ylabel="m", aspect="equal")
    ways.legend()
    distance.plot(trace.time, [d[0] for d in trace.distances])
    distance.set(title="distance", xlabel="s", ylabel="m", ylim=(0, None))
    speed.plot(trace.time, [c.speed for c in trace.commands], label="speed, m/s")
    speed.plot(trace.time, [c.turn_rate for c in trace.commands], label="turn rate, rad/s", linewidth=0.8)
    speed.set(title="commands", xlabel="s")
    speed.legend()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="an option of FollowOptions")
    parser.add_argument("--plot", metavar="FILE", help="draw the paths into a PNG (needs matplotlib)")
    arguments = parser.parse_args()
    kinds = {f.name: type(f.default) for f in fields(FollowOptions)}
    try:
        given = dict(pair.split("=", 1) for pair in arguments.set)
        options = FollowOptions.of(**{name: kinds.get(name, str)(text) for name, text in given.items()})
    except ValueError as error:
        parser.error(str(error))
    walker = Walker(stroll, raises_hand=lambda t: 25 < t < 26 or 30 < t < 31, track_id=7)
    trace = simulate([walker], 50.0, options)
    for i in range(0, len(trace.time), round(2 / TICK / TICKS_PER_COMMAND)):
        c = trace.commands[i]
        print(f"{trace.time[i]:5.1f} s  {c.state:9}  {trace.distances[i][0]:5.2f} m  {c.speed:5.2f} m/s")
    if arguments.plot:
        plot(trace, walker, arguments.plot)


if __name__ == "__main__":
    main()
