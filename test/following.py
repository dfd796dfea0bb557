"""People before a standing robot, for the tests of following."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "follow_person"))
from simulation import BODY, CAMERA, HEIGHT, WIDTH, Walker


def standing(x, y=0.0):
    # a hair of movement away from the robot, so that they show it their back
    return lambda t: (x + 1e-6 * t, y)


def array(*people):
    return SimpleNamespace(keypoint_names=list(BODY), image_width=WIDTH, image_height=HEIGHT, skeletons=list(people))


def seen(x=2.5, y=0.0, track_id=7, raised=False):
    """The skeleton of somebody who stands at (x, y) before a robot at the origin."""
    walker = Walker(standing(x, y), raises_hand=lambda t: raised, track_id=track_id)
    return walker.skeleton(0.0, (0.0, 0.0, 0.0), np.random.default_rng(0), 0.0, 0.0)


def watch(follower, *people, start, images, period=0.1):
    """Show the same image several times; returns the last command and the time after it."""
    for i in range(images):
        follower.see(array(*people), start + i * period, CAMERA)
        command = follower.command(start + i * period)
    return command, start + images * period
