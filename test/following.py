"""People before a standing robot, for the tests of following."""

import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st

from trt_pose_ros.follow import FollowOptions

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "follow_person"))
from simulation import BODY, CAMERA, HEIGHT, WIDTH, Walker

HEAD_AND_SHOULDERS = {"nose", "neck", "left_eye", "right_eye", "left_ear", "right_ear"} | {
    "left_shoulder",
    "right_shoulder",
}
limits = st.builds(
    FollowOptions,
    max_speed=st.floats(0, 2),
    max_reverse_speed=st.floats(0, 1),
    max_turn_rate=st.floats(0, 4),
    acceleration=st.floats(0.01, 10),
    deceleration=st.floats(0.01, 10),
    turn_acceleration=st.floats(0.01, 20),
    speed_gain=st.floats(0, 10),
    turn_gain=st.floats(0, 10),
)


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
        follower.update(array(*people), start + i * period, CAMERA)
        command = follower.command(start + i * period)
    return command, start + images * period


def only(names, person):
    """The person of whom only these keypoints were found."""
    for name, keypoint in zip(BODY, person.keypoints, strict=True):
        if name not in names:
            keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, 0.0
    return person
