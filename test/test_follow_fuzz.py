"""Mutated skeletons and cameras: the follower's command is a finite one within the limits, and zero after an error."""

import copy
import math
from types import SimpleNamespace

import numpy as np
import pytest
from following import BODY, CAMERA, HEIGHT, WIDTH, array, seen, watch
from mutations import CASES, VALUES, mutated_value

from trt_pose_ros.follow import STALE, Follower, FollowOptions
from trt_pose_ros.geometry import CameraModel

NUMBERS = [v for v in VALUES if isinstance(v, float)] + [-1.0, 0.0, 0.2, 1.0, 1.001, 320.0, 1e9]


def as_dict(*people):
    """A message as plain values."""
    return {
        "keypoint_names": list(BODY),
        "image_width": WIDTH,
        "image_height": HEIGHT,
        "skeletons": [
            {"track_id": p.track_id, "kind": 0, "owner_id": -1, "keypoints": [vars(k) for k in p.keypoints]}
            for p in people
        ],
    }


def as_message(value):
    """Plain values as an object with attributes, whatever they are."""
    if isinstance(value, dict):
        return SimpleNamespace(**{str(key): as_message(below) for key, below in value.items()})
    return [as_message(item) for item in value] if isinstance(value, list) else value


def mutated_numbers(random, message):
    """Some numbers of some keypoints changed: a message that has the right types."""
    for _ in range(random.integers(1, 30)):
        skeleton = message["skeletons"][random.integers(0, len(message["skeletons"]))]
        keypoint = skeleton["keypoints"][random.integers(0, len(BODY))]
        keypoint[random.choice(["x", "y", "score"])] = NUMBERS[random.integers(0, len(NUMBERS))]
    return message


@pytest.mark.parametrize("mutated", [mutated_value, mutated_numbers])
def test_mutated_skeletons(mutated):
    random, o = np.random.default_rng(3), FollowOptions(max_reverse_speed=0.2)
    good = as_dict(seen(4.0, 0.2), seen(2.5, -0.8, 8))
    accepted = 0
    for _ in range(CASES):
        follower = Follower(o)
        _, now = watch(follower, seen(4.0, 0.2), start=0.0, images=8)
        message = as_message(mutated(random, copy.deepcopy(good)))
        try:
            follower.update(message, now, CAMERA)
            accepted += 1
            understood = True
        except Exception:  # whatever it is, the node catches it
            understood = False
        command = follower.command(now + 0.05)
        assert math.isfinite(command.speed)
        assert math.isfinite(command.turn_rate)
        assert -o.max_reverse_speed <= command.speed <= o.max_speed
        assert abs(command.turn_rate) <= o.max_turn_rate
        assert understood or (command.speed, command.turn_rate, command.state) == (0.0, 0.0, STALE)
        assert command.speed <= 0 or not command.blocked
    assert 0 < accepted <= CASES


def test_mutated_calibrations():
    random = np.random.default_rng(4)
    good = {"width": 640, "height": 480, "k": [400.0, 0.0, 319.5, 0.0, 400.0, 239.5, 0.0, 0.0, 1.0], "r": [], "p": []}
    good |= {"d": [0.1, 0.0, 0.0, 0.0, 0.0], "model": "plumb_bob", "binning": (1, 1), "roi": (0, 0, 0, 0)}
    for _ in range(CASES):
        values = dict(good)
        for _ in range(random.integers(1, 4)):
            name = random.choice(["k", "d", "r", "p", "width", "height", "model", "roi", "binning"])
            if name == "model":
                values[name] = str(random.choice(["", "none", "equidistant", "rational_polynomial", "magic"]))
            elif name in ("width", "height"):
                values[name] = int(random.choice([0, 1, 480, 640, 1280, 2**32 - 1]))
            elif name in ("roi", "binning"):
                values[name] = tuple(int(v) for v in random.choice([0, 1, 2, 640, 2**32 - 1], len(good[name])))
            else:
                numbers = list(values[name]) or [1.0] * (9 if name == "r" else 12)
                numbers[random.integers(0, len(numbers))] = NUMBERS[random.integers(0, len(NUMBERS))]
                values[name] = numbers[: random.integers(1, len(numbers) + 1)] if random.random() < 0.2 else numbers
        follower = Follower(FollowOptions())
        _, now = watch(follower, seen(4.0), start=0.0, images=8)
        try:
            camera = CameraModel.from_calibration(**values, rectified=bool(random.integers(0, 2)))
            follower.update(array(seen(4.0)), now, camera)
        except ValueError:
            follower.distrust_input()
        command = follower.command(now + 0.05)
        assert 0.0 <= command.speed <= 0.3
        assert math.isfinite(command.turn_rate)
